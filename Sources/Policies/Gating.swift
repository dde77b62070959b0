/// Who sends launches.
enum Gating: String, CaseIterable, Sendable {
  /// The scheduler, where fusing is predicted to pay.
  case wherePays = "where-it-pays"
  /// The scheduler, all of them.
  case always
  /// The replicas' own threads.
  case never
}
