import Testing

@testable import Policies
@testable import Scheduling

struct PolicyCatalogTests {
  @Test func theFirstFiveAreThere() {
    #expect(
      Set(PolicyCatalog.builtIn.names).isSuperset(
        of: ["exclusive", "batched", "time-only", "space-only", "space-time"]))
  }

  @Test(arguments: PolicyCatalog.builtIn.names)
  func everyPolicySaysWhatItIs(name: String) throws {
    let type = try #require(PolicyCatalog.builtIn.policy(named: name))
    let descriptor = type.descriptor
    #expect(descriptor.name == name)
    #expect(!descriptor.summary.isEmpty && !descriptor.source.isEmpty)
    #expect(Set(descriptor.options.map(\.name)).count == descriptor.options.count)
    for option in descriptor.options {
      #expect(!option.help.isEmpty && !option.fallback.isEmpty)
      // A default that is a number lies within its own bounds.
      switch option.kind {
      case .integer(let range):
        if let value = Int(option.fallback) { #expect(range.contains(value), "\(option.name)") }
      case .number(let range), .numberByTenant(let range):
        if let value = Double(option.fallback) { #expect(range.contains(value), "\(option.name)") }
      case .flag: #expect(["true", "false"].contains(option.fallback), "\(option.name)")
      case .wordByTenant: break
      case .integers(let range):
        if let value = Int(option.fallback) { #expect(range.contains(value), "\(option.name)") }
      case .choice(let words): #expect(words.contains(option.fallback), "\(option.name)")
      }
    }
    // Made without options, it decides nothing about an empty machine.
    var policy = type.init(PolicyOptions())
    var decisions = DecisionBuffer()
    policy.decide(SchedulingView(), &decisions)
    #expect(decisions.decisions.isEmpty)
    #expect(policy.largestBatch >= 1)
  }

  @Test func unknownNamesAreNil() { #expect(PolicyCatalog.builtIn.policy(named: "space") == nil) }
}
