/// Every policy by name, one line each. Pure Swift runs no code at load, so a type cannot register
/// itself.
public enum PolicyCatalog {
  /// The policies, in the order reports show them.
  public static let policies: [any SharingPolicy.Type] = [
    ExclusivePolicy.self,
    BatchedPolicy.self,
    TimeOnlyPolicy.self,
    SpaceOnlyPolicy.self,
    SpaceTimePolicy.self,
  ]

  /// The names, in the same order.
  public static var names: [String] { policies.map { $0.descriptor.name } }

  /// The policy of a name.
  public static func policy(named name: String) -> (any SharingPolicy.Type)? {
    policies.first { $0.descriptor.name == name }
  }
}
