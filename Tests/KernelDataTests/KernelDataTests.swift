import Testing

@testable import KernelData
