import Scheduling
import Tables

/// A policy that has planned.
struct PlannedPolicy: Sendable {
  var policy: any SharingPolicy
  /// Why it cannot run here; nil where it can.
  var refusal: Diagnostic?
  /// What its plan does not hold.
  var doubt: String?
}
