import Testing

@testable import GPUModel
