import Hardware
import Tables

/// The kernels of a profile that go into a table.
package struct ProfileSelection: Sendable {
  /// Which kernels to take.
  package enum Mode: Hashable, Sendable {
    /// The repeating iteration where there is one, all kernels otherwise.
    case automatic
    /// All kernels.
    case whole
    /// Kernels by position from 1, both ends included.
    case range(Int, Int)
    /// Kernels that start within nanoseconds since the first one's start, the end excluded.
    case time(fromNS: Int64, toNS: Int64)
  }

  /// The profile they come from.
  package var profile: ImportedProfile
  /// The kernels, in the profile's order.
  package var kernels: [ProfileKernel]
  /// As in the profile.
  package var demands: [ProfileDemand]
  /// The iteration taken, with each kernel's median duration over its repetitions.
  package var iteration: RepeatingIteration?
  /// What was taken, in words.
  package var note: String

  /// The sum of the kernels' durations in nanoseconds.
  package var totalDurationNS: Int64 { kernels.reduce(0) { $0 &+ max(0, $1.duration) } }
}

extension ImportedProfile {
  /// Takes some of the kernels, collectives aside unless they are kept.
  ///
  /// - Throws: a range that holds no kernel, or times where the format has none.
  package func selection(
    _ mode: ProfileSelection.Mode, keepsCollectives: Bool = false
  ) throws(InputError) -> ProfileSelection {
    let aside = keepsCollectives ? 0 : collectives.count
    if aside == 0 { return try kernels(mode) }
    let isCollective = names.map(KernelFamily.isCollective)
    func others(_ kernels: [ProfileKernel]) -> [Int] {
      kernels.indices.filter { !isCollective[Int(kernels[$0].nameIndex)] }
    }
    var selection: ProfileSelection
    switch mode {
    case .automatic, .whole:
      // What repeats is looked for among what remains.
      var rest = self
      let kept = others(kernels)
      rest.kernels = kept.map { kernels[$0] }
      if !demands.isEmpty { rest.demands = kept.map { demands[$0] } }
      selection = try rest.kernels(mode)
    case .range, .time:
      selection = try kernels(mode)
      let kept = others(selection.kernels)
      if !selection.demands.isEmpty { selection.demands = kept.map { selection.demands[$0] } }
      selection.kernels = kept.map { selection.kernels[$0] }
    }
    if selection.kernels.isEmpty {
      throw InputError(file: file, message: "no kernels but collectives, which are left aside")
    }
    selection.note += ", \(aside) collective\(aside == 1 ? "" : "s") left aside"
    return selection
  }

  private func kernels(_ mode: ProfileSelection.Mode) throws(InputError) -> ProfileSelection {
    switch mode {
    case .whole: return part(0..<kernels.count, note: "all kernels")
    case .automatic:
      guard format.isLaunchSequence, let iteration = RepeatingIteration.find(kernels) else {
        return part(0..<kernels.count, note: "all kernels, no repeating iteration")
      }
      return medians(of: iteration)
    case .range(let first, let last):
      guard first >= 1, last >= first, last <= kernels.count else {
        throw InputError(
          kind: .usage, file: file,
          message: "no kernels \(first) to \(last): there are 1 to \(kernels.count)")
      }
      return part((first - 1)..<last, note: "kernels \(first) to \(last)")
    case .time(let from, let to):
      return try window(from, to)
    }
  }

  private func part(_ taken: some Sequence<Int>, note: String) -> ProfileSelection {
    ProfileSelection(
      profile: self, kernels: taken.map { kernels[$0] },
      demands: demands.isEmpty ? [] : taken.map { demands[$0] }, iteration: nil, note: note)
  }

  private func window(_ from: Int64, _ to: Int64) throws(InputError) -> ProfileSelection {
    let starts = kernels.compactMap(\.startNS)
    guard starts.count == kernels.count, let origin = starts.min() else {
      throw InputError(
        kind: .usage, file: file,
        message: "\(format.title) has no start times to choose kernels by",
        hint: "choose by position with --range")
    }
    let taken = kernels.indices.filter { i in
      let offset = kernels[i].start.subtractingReportingOverflow(origin)
      return !offset.overflow && offset.partialValue >= from && offset.partialValue < to
    }
    if taken.isEmpty {
      let span = (starts.max() ?? origin).subtractingReportingOverflow(origin).partialValue
      throw InputError(
        kind: .usage, file: file, message: "no kernel starts from \(from) to \(to) ns",
        hint: "the first starts at 0, the last at \(span) ns")
    }
    return part(taken, note: "kernels that start from \(from) to \(to) ns")
  }

  /// One repetition with each kernel's median duration (the lower of two), so that an interrupted
  /// repetition does not count.
  private func medians(of iteration: RepeatingIteration) -> ProfileSelection {
    let first = iteration.first
    let range = first..<(first + iteration.period)
    var selection = part(range, note: "")
    for i in 0..<iteration.period {
      let durations = (0..<iteration.repeats).map {
        kernels[first + i + $0 * iteration.period].duration
      }.sorted()
      selection.kernels[i].duration = durations[(durations.count - 1) / 2]
    }
    selection.iteration = iteration
    let percent = iteration.covered * 100 / max(1, kernels.count)
    selection.note =
      "iteration of \(iteration.period) kernel\(iteration.period == 1 ? "" : "s"), "
      + "medians of \(iteration.repeats) repeats, \(percent) % of the kernels, from kernel \(first + 1)"
    return selection
  }
}
