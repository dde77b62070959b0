import Tables

extension ProfileFormat {
  /// All formats; the tables among them with their columns.
  static let catalogue: [TableFormat] = [
    .nsys,
    TableFormat(.nsysDatabase),
    .ncuDetails,
    .ncuRaw,
    TableFormat(.kineto),
    .kinetoRows,
    TableFormat(.xla),
    TableFormat(.onnxRuntime),
    .nvprof,
    TableFormat(.trtexec),
    .rocprof,
    .rocprof3,
    .orion,
    TableFormat(.reef),
    .neusight,
    .neusightGraph,
    .vidur,
    .gemmRows,
  ]

  /// All formats.
  package static var allCases: [ProfileFormat] { catalogue.map(\.format) }
}
