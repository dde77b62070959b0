import Hardware
import Reports
import Tables

extension StudyAxis {
  /// The axis of a points file: what it holds figures over, a study runs over.
  ///
  /// - Throws: as `PointsFile.read`; `badData` for an axis that is a choice of figures rather than of
  ///   runs, or of runs that no description says.
  package static func ofPoints(at path: String) throws(InputError) -> StudyAxis {
    let points = try PointsFile.read(path, for: nil)
    let values = points.places.map { JSONNode(value: .number("\($0)"), line: 0, column: 0) }
    let place = NamePlace(file: path)
    switch points.axis {
    case .load:
      return try StudyAxis("load", values, of: points.comment("load_of"), at: place)
    case .replicas: return try StudyAxis("replicas", values, at: place)
    case .burst, .replicaRank, .request:
      throw InputError(
        file: path,
        message: "points over '\(points.axis.rawValue)' are no axis that a sweep can run over",
        hint: "'gpuloom check' holds them; '--over AXIS=VALUE,…' sweeps over something else")
    }
  }
}
