import Testing

@testable import Workloads
