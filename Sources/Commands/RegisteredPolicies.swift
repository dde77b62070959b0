import Scheduling
import Synchronization

/// The policies that commands know by name: set once, before the first command runs.
enum RegisteredPolicies {
  private static let catalogue = Mutex(PolicyCatalog([]))

  /// The policies.
  static var all: PolicyCatalog { catalogue.withLock { $0 } }

  /// Makes these the policies that commands know.
  static func set(_ policies: PolicyCatalog) { catalogue.withLock { $0 = policies } }
}
