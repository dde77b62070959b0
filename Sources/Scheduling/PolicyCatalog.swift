/// Sharing policies by name: what experiments may ask for, and what is compared where they ask for
/// nothing.
///
/// Pure Swift runs no code at load, so a type cannot register itself: who starts the tool names the
/// policies it has (`PolicyCatalog.builtIn` and, in a package of one's own, those added to it).
public struct PolicyCatalog: Sendable {
  /// The policies, in the order reports show them.
  public let policies: [any SharingPolicy.Type]

  /// Creates a catalogue.
  ///
  /// - Precondition: no two policies have the same name.
  public init(_ policies: [any SharingPolicy.Type]) {
    self.policies = policies
    precondition(Set(names).count == names.count, "two policies of one name: \(names)")
  }

  /// The names, in the same order.
  public var names: [String] { policies.map { $0.descriptor.name } }

  /// The policy of a name, or the one whose name differs in case alone.
  public func policy(named name: String) -> (any SharingPolicy.Type)? {
    if let own = policies.first(where: { $0.descriptor.name == name }) { return own }
    let folded = name.lowercased()
    return policies.first { $0.descriptor.name.lowercased() == folded }
  }

  /// The same with further policies after these.
  ///
  /// - Precondition: as for `init(_:)`.
  public func adding(_ more: [any SharingPolicy.Type]) -> PolicyCatalog {
    PolicyCatalog(policies + more)
  }
}
