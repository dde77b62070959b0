/// A constant of a family: its key in files, where a fit starts, and what holds it there.
package struct OperatorConstant {
  /// The key, with its unit.
  package let name: String
  /// The starting point.
  package let start: Double
  /// The width of the prior in ln: a fit pays as much for this distance as for an error of 15 %.
  package let width: Double
  /// The bounds of what it can mean.
  package let bounds: ClosedRange<Double>
  /// What of a data sheet it goes with.
  let scale: OperatorScale

  init(
    _ name: String, _ start: Double, _ width: Double, _ bounds: ClosedRange<Double>,
    _ scale: OperatorScale = .plain
  ) {
    self.name = name
    self.start = start
    self.width = width
    self.bounds = bounds
    self.scale = scale
  }
}
