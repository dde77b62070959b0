import Testing

@testable import EventEngine
