import CommandLine
import Hardware
import Studies
import Tables

/// `gpuloom sweep`: runs an experiment over axes, keeps every run by its name and never runs one
/// twice.
enum SweepCommand: Command {
  static let name = "sweep"
  static let summary = "runs an experiment over axes; resumed by starting it again"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "[STUDY|EXPERIMENT]",
      flags: [
        .valued(
          "--over", "AXIS=VALUE,…", "an axis and its values: load=20,40,60", isRepeatable: true),
        .valued(
          "--load-of", "POLICY", "measure loads in this policy's capacity, not each one's own"),
        .plain("--why", "split latencies by reason: wait_*_ms behind the columns of summary.csv"),
        .valued("--shard", "I/N", "only the I-th of N shares of the runs; 'merge' joins them"),
        .plain("--packed", "many runs in one file, as from \(StudyFolder.mostFiles + 1) runs on"),
      ] + ExperimentFlags.flags,
      notes: [
        "STUDY is a file of the format gpuloom.study/1: a name, an experiment (a path or the\n"
          + "thing itself) and 'over', an object of axes with lists of values. EXPERIMENT is what\n"
          + "'compare' takes; without either the flags describe one. Experiments/studies has some.",
        "Axes: policy (as --policy), load (per cent of what a policy can serve of these\n"
          + "tenants), rps (requests/s of all tenants together), rate_scale (of all traces),\n"
          + "replicas (of every tenant), tenants (their number; beyond the experiment's own,\n"
          + "copies), gpu, testbed, seed, duration_s, warmup_s, or a path as --set has it:\n"
          + "tenants.vision.slo_ms, policies.space-time.window_us, testbed.launch_cpu_us.\n"
          + "1..5 are five values. Every combination is a point; the last axis varies fastest.\n"
          + "Loads and rates play the same requests on another clock, and arrivals depend on\n"
          + "seed and tenant alone, so that policies and points are compared on the same ones.",
        "--out DIR is needed. There: runs/NAME.csv, each written whole as it ends and named by\n"
          + "the hash of all that decides it; plan.csv, which run is where; and at the end\n"
          + "study.csv (the axes' columns, then those of summary.csv) and study.json. Started\n"
          + "again, after whatever ended it, the sweep does what is missing; what has other inputs\n"
          + "than before is another run. One folder holds one study.",
        "An experiment whose folder has a points.csv is swept over its axis where --over gives none.",
        "With --shard only runs are written: shares may work on one folder, or each on its own.",
      ],
      examples: [
        (
          "gpuloom sweep --over load=25,50,75,100 --seed 1..3 --duration-s 10 --out knee",
          "the built-in experiment up to what each policy can serve"
        ),
        (
          "gpuloom sweep Experiments/isolation-burst --over gpu=v100-sxm2-16gb,t4 --out gpus",
          "an experiment on two GPUs"
        ),
        (
          "gpuloom sweep Experiments/studies/knee.json --shard 1/8 --out knee",
          "an eighth of a study's runs"
        ),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let shard = SweepShard.read(&arguments)
    let isPacked = arguments.bool("--packed")
    guard let out = context.outputFolder else {
      arguments.fault("'sweep' needs '--out DIR', the folder of its runs")
      _ = try StudySource.read(&arguments)
      return .done
    }
    let (study, words) = try StudySource.read(&arguments)
    for text in study.base.overrides + words { context.note("set: \(text)") }
    return try SweepRun(
      study: study, shard: shard, isPacked: isPacked, folder: StudyFolder(out), context: context
    ).run()
  }
}

/// One sweep from its study to its end.
struct SweepRun {
  let study: Study
  let shard: SweepShard
  let isPacked: Bool
  let folder: StudyFolder
  let context: CommandContext

  private var library: ModelLibrary { ModelLibrary.locate() }

  func run() throws -> ExitStatus {
    try folder.check(study: study.name, axes: study.axes.map(\.name))
    let store = try RunStore(folder.path)
    if let listing = folder.unchangedPlan(study, library, RegisteredPolicies.all),
      pending(listing, store).isEmpty, let status = try end(listing, store)
    {
      return status
    }
    let plan = try StudyPlan(
      study, library: library, policies: RegisteredPolicies.all, version: Version.text)
    try folder.write(plan.listing)
    var rows = pending(plan.listing, store)
    var current = store
    // What proves damaged when the runs are put together is run again, once.
    for round in 0...1 {
      if !(try work(plan, rows, current)) { return .interrupted }
      current = try RunStore(folder.path)
      if let status = try end(plan.listing, current, isLast: round == 1) { return status }
      rows = try damaged(plan.listing, current)
    }
    throw InputError(file: folder.path, message: "runs that were just written cannot be read")
  }

  /// The rows of the share whose runs are not there, one for each run.
  private func pending(_ listing: StudyListing, _ store: RunStore) -> [Int] {
    var seen = Set<String>()
    return listing.rows.indices.filter { i in
      let run = listing.rows[i].run
      return shard.has(run) && !store.has(run) && seen.insert(run).inserted
    }
  }

  /// Does runs and keeps them; false where it was interrupted.
  private func work(_ plan: StudyPlan, _ rows: [Int], _ store: RunStore) throws -> Bool {
    if rows.isEmpty { return true }
    let isInPacks = isPacked || plan.listing.count > StudyFolder.mostFiles
    try store.open(pack: isInPacks ? shard.name : nil, isAlone: shard.isAll)
    defer { store.close() }
    let runner = StudyRunner(plan, rows: rows)
    try context.working("sweeping", unit: "runs") { control in
      try runner.run(control) { store.keep($0) }
    }
    store.close()
    if let fault = store.fault { throw fault }
    guard Interrupt.isRequested else { return true }
    let now = try RunStore(folder.path)
    let left = rows.count { !now.has(plan.listing.rows[$0].run) }
    if left == 0 { return true }
    context.note(
      "interrupted: \(rows.count - left) of \(rows.count) runs are finished and kept; started "
        + "again, the sweep does the rest")
    return false
  }

  /// The rows whose runs are there and cannot be read; each is told.
  private func damaged(_ listing: StudyListing, _ store: RunStore) throws -> [Int] {
    var rows: [Int] = []
    var seen = Set<String>()
    for (i, row) in listing.rows.enumerated()
    where shard.has(row.run) && seen.insert(row.run).inserted {
      do throws(InputError) { _ = try store.record(row.run) } catch {
        rows.append(i)
        context.report(
          error.diagnostics.map { fault in
            var fault = fault
            fault.severity = .warning
            fault.hint = "it is run again"
            return fault
          })
      }
    }
    return rows
  }

  /// Ends the sweep; nil where runs are damaged, which are to be run again.
  private func end(
    _ listing: StudyListing, _ store: RunStore, isLast: Bool = false
  ) throws -> ExitStatus? {
    if !shard.isAll {
      if !isLast, try !damaged(listing, store).isEmpty { return nil }
      let own = Set(listing.rows.lazy.map(\.run).filter { shard.has($0) }).count
      context.note(
        "share \(shard.index) of \(shard.count): \(own) runs are in \(folder.path); "
          + "'gpuloom merge' puts the shares together")
      return .done
    }
    switch try folder.writeResults(listing, store, withText: context.format != .table) {
    case .whole(let results, let csv):
      let others = store.count - Set(listing.rows.lazy.map(\.run)).count
      if others > 0 {
        context.note("\(others) more runs in \(folder.path) are of other values or other inputs")
      }
      return try StudyEnd.show(results, csv: csv, listing, context)
    case .lacking(let rows):
      if let error = rows.first?.error, isLast { throw error }
      return nil
    }
  }
}
