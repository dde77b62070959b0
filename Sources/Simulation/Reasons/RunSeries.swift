import Device

/// What the GPUs did in one of the windows that a run's measured time is cut into.
package struct SeriesWindow: Sendable, Equatable {
  /// From when to when, in nanoseconds of the run.
  package var fromNS: Int64
  package var toNS: Int64
  /// Activity within it.
  package var integrals: DeviceIntegrals
  /// By tenant: useful operations of launches that ended within it.
  package var flop: [BatchSum]
  /// By SM, one device after the other: nanoseconds with a block; empty where every replica has a GPU
  /// of its own, and where contexts of language models take turns.
  package var smNS: [Int64]
}

/// Cuts a run's measured time into windows of one length, the last one shorter perhaps, and keeps what
/// is done in each. The windows add up to the run's totals exactly; memory does not grow with the run.
///
/// A class, for a run without one pays for no more than a comparison at each event.
package final class RunSeries {
  /// How much has been done by an instant.
  struct Mark {
    var timeNS: Int64
    var integrals: DeviceIntegrals
    var flop: [BatchSum]
    var smNS: [Int64] = []
  }

  /// The windows of a run of known length; of others there are so many to twice as many.
  package static let windows = 200
  /// The first length of windows where the run's is not known, in nanoseconds.
  private static let leastNS: Int64 = 1 << 17

  /// The run's end, of which the last window is not past.
  private let isOpen: Bool
  private var widthNS: Int64
  private var marks: [Mark] = []
  /// When the window under way ends; `Int64.max` before the first begins.
  private(set) var nextNS: Int64 = .max
  /// By number in the run: tenants by their numbers in the experiment; empty where they are the same.
  var places: [Int] = []

  /// - Parameters:
  ///   - spanNS: the measured time; nil where that is not known.
  package init(spanNS: Int64?) {
    isOpen = spanNS == nil
    let count = Int64(Self.windows)
    widthNS = max(1, spanNS.map { ($0 + count - 1) / count } ?? Self.leastNS)
  }

  /// The end of a window, if it is before an instant that is known to be next.
  func due(before time: Int64) -> Int64? { nextNS < time && time < .max ? nextNS : nil }

  /// The measured time begins, or a window ends.
  func note(_ mark: Mark) {
    marks.append(mark)
    if isOpen, marks.count > 2 * Self.windows {
      marks = stride(from: 0, to: marks.count, by: 2).map { marks[$0] }
      widthNS *= 2
    }
    nextNS = (marks.last?.timeNS ?? 0) + widthNS
  }

  /// The run is over.
  func finish(_ mark: Mark) {
    while let last = marks.last, last.timeNS >= mark.timeNS, marks.count > 1 { marks.removeLast() }
    marks.append(mark)
    nextNS = .max
  }

  /// The windows, in order, once the run is over.
  package var all: [SeriesWindow] {
    zip(marks, marks.dropFirst()).compactMap { from, to in
      if to.timeNS <= from.timeNS { return nil }
      var flop = to.flop
      for t in flop.indices {
        flop[places.isEmpty ? t : places[t]] = to.flop[t] - from.flop[t]
      }
      return SeriesWindow(
        fromNS: from.timeNS, toNS: to.timeNS, integrals: to.integrals - from.integrals, flop: flop,
        smNS: zip(to.smNS, from.smNS).map { $0 - $1 })
    }
  }
}

extension RunSeries.Mark {
  /// What a run's totals say at an instant.
  init(_ totals: RunTotals, at time: Int64) {
    self.init(timeNS: time, integrals: totals.integrals, flop: totals.flop)
  }
}
