/// Sharing policies by name: what experiments may ask for, and what is compared where they ask for
/// nothing.
///
/// Pure Swift runs no code at load, so a type cannot register itself: who starts the tool names the
/// policies it has (`PolicyCatalog.builtIn` and, in a package of one's own, those added to it).
public struct PolicyCatalog: Sendable {
  /// The policies, in the order reports show them.
  public let policies: [any SharingPolicy.Type]
  /// What is no way to share but a bound on all of them: found by name, and run where asked for.
  public let bounds: [any SharingPolicy.Type]
  /// The names of what is compared where an experiment names no policies.
  public let defaultNames: [String]

  /// Creates a catalogue, in whose default set is what its descriptors say.
  ///
  /// - Precondition: no two policies have the same name.
  public init(_ policies: [any SharingPolicy.Type], bounds: [any SharingPolicy.Type] = []) {
    self.init(
      policies, bounds,
      defaults: policies.map { $0.descriptor }.filter(\.isInDefaultSet).map(\.name))
  }

  private init(
    _ policies: [any SharingPolicy.Type], _ bounds: [any SharingPolicy.Type], defaults: [String]
  ) {
    self.policies = policies
    self.bounds = bounds
    defaultNames = defaults
    precondition(Set(allNames).count == allNames.count, "two policies of one name: \(allNames)")
  }

  /// The policies' names, in the same order.
  public var names: [String] { policies.map { $0.descriptor.name } }

  /// The names of policies and bounds.
  public var allNames: [String] { (policies + bounds).map { $0.descriptor.name } }

  /// The policy or bound of a name, or the one whose name differs in case alone.
  public func policy(named name: String) -> (any SharingPolicy.Type)? {
    let all = policies + bounds
    if let own = all.first(where: { $0.descriptor.name == name }) { return own }
    let folded = name.lowercased()
    return all.first { $0.descriptor.name.lowercased() == folded }
  }

  /// The same with further policies after these; who adds them wants to see them compared, so they
  /// are in the default set.
  ///
  /// - Precondition: as for `init(_:)`.
  public func adding(_ more: [any SharingPolicy.Type]) -> PolicyCatalog {
    PolicyCatalog(
      policies + more, bounds, defaults: defaultNames + more.map { $0.descriptor.name })
  }
}
