import Testing

@testable import SimBasics
