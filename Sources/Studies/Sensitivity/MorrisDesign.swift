import SimBasics

/// Where Morris's method looks: trajectories through a grid of four levels, on which every factor
/// moves once by two thirds of its range (Morris 1991, "Factorial Sampling Plans for Preliminary
/// Computational Experiments", Technometrics 33).
package struct MorrisDesign: Sendable {
  /// The step, as a part of a factor's range: p / (2 (p − 1)) with p = 4 levels.
  package static let step = 2.0 / 3.0

  /// By trajectory: its points, one more than there are factors, each factor's place from 0 to 1.
  package let trajectories: [[[Double]]]
  /// By trajectory and step: which factor moved.
  package let moved: [[Int]]

  /// Draws trajectories; the same factors and seed give the same ones.
  package init(factors: Int, trajectories count: Int, seed: UInt64) {
    var randomness = SeededGenerator(seed: seed, stream: "morris")
    var trajectories: [[[Double]]] = []
    var moved: [[Int]] = []
    for _ in 0..<count {
      // From a level of the lower half upward, or the same path seen from its other end.
      let isUp = (0..<factors).map { _ in randomness.nextBelow(2) == 0 }
      var point = isUp.map { isUp in
        let lower = Double(randomness.nextBelow(2)) / 3
        return isUp ? lower : lower + Self.step
      }
      var order = Array(0..<factors)
      for i in order.indices.reversed().dropLast() { order.swapAt(i, randomness.nextBelow(i + 1)) }
      var points = [point]
      for factor in order {
        point[factor] += isUp[factor] ? Self.step : -Self.step
        points.append(point)
      }
      trajectories.append(points)
      moved.append(order)
    }
    self.trajectories = trajectories
    self.moved = moved
  }

  /// The elementary effects of every factor, one a trajectory: how much the outcome changes over the
  /// whole of a factor's range, were it to go on as over the step.
  ///
  /// - Parameter outcomes: by trajectory and point; a step beside one without outcome has no effect
  ///   to tell.
  package func effects(_ outcomes: [[Double?]]) -> [[Double]] {
    var effects = Array(repeating: [Double](), count: moved.first?.count ?? 0)
    for (t, order) in moved.enumerated() {
      for (i, factor) in order.enumerated() {
        guard let before = outcomes[t][i], let after = outcomes[t][i + 1] else { continue }
        let isUp = trajectories[t][i + 1][factor] > trajectories[t][i][factor]
        effects[factor].append((isUp ? after - before : before - after) / Self.step)
      }
    }
    return effects
  }
}
