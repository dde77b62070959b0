import CommandLine
import Studies
import Tables

/// `gpuloom merge`: puts the shares of a sweep together, as one machine would have written them.
enum MergeCommand: Command {
  static let name = "merge"
  static let summary = "puts the shares of a sweep together"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "DIR…",
      flags: [
        .plain("--packed", "many runs in one file, as from \(StudyFolder.mostFiles + 1) runs on")
      ],
      notes: [
        "Each DIR is a folder that 'sweep --shard I/N --out DIR' wrote to; they may be one. The\n"
          + "folder of --out gets what a sweep without shares writes there, to the byte: plan.csv,\n"
          + "the runs, study.csv and study.json. It may be one of them.",
        "All must be of one study, one version and the same inputs, and all runs must be there;\n"
          + "else nothing is written.",
      ],
      examples: [
        ("gpuloom merge knee-1 knee-2 --out knee", "two shares, each from a machine of its own"),
        ("gpuloom merge knee --out knee", "shares that worked on one folder"),
      ])
  }

  static func run(
    _ arguments: inout ArgumentReader, _ context: CommandContext
  ) throws -> ExitStatus {
    let isPacked = arguments.bool("--packed")
    let paths = [arguments.positional("DIR")] + arguments.remainingPositionals()
    if context.outputFolder == nil {
      arguments.fault("'merge' needs '--out DIR', the folder of the whole")
    }
    try arguments.finish()
    let out = StudyFolder(context.outputFolder ?? "")
    let listing = try plan(of: paths)
    try out.check(study: listing.study, axes: listing.axes)
    let sources = try paths.map { path throws(InputError) in try RunStore(path) }
    let target = try RunStore(out.path)
    try checkWhole(listing, sources + [target], paths)
    var seen = Set<String>()
    let copied = listing.rows.map(\.run).filter { !target.has($0) && seen.insert($0).inserted }
    // All are read before anything is written; a run is small, and there may be very many.
    for run in copied { _ = try record(run, sources) }
    try out.write(listing)
    let isInPacks = isPacked || listing.count > StudyFolder.mostFiles
    try target.open(pack: isInPacks ? SweepShard.all.name : nil, isAlone: false)
    for run in copied {
      if let record = try record(run, sources), !target.keep(record) { break }
    }
    target.close()
    if let fault = target.fault { throw fault }
    switch try out.writeResults(
      listing, RunStore(out.path), withText: context.format != .table)
    {
    case .whole(let results, let csv):
      return try StudyEnd.show(results, csv: csv, listing, context)
    case .lacking(let rows):
      throw rows.compactMap(\.error).first
        ?? InputError(file: out.path, message: "runs that were just written are not there")
    }
  }

  private static func record(
    _ run: String, _ sources: [RunStore]
  ) throws(InputError) -> RunRecord? {
    try sources.first { $0.has(run) }?.record(run)
  }

  /// The plan that all folders have.
  ///
  /// - Throws: `missingFile` for a folder without one, `badData` where two differ.
  private static func plan(of paths: [String]) throws(InputError) -> StudyListing {
    var first: (path: String, plan: StudyListing)?
    for folder in paths {
      let path = folder + (folder.hasSuffix("/") ? "" : "/") + StudyListing.fileName
      guard InputFolder.exists(path) else {
        throw InputError(
          kind: .missingFile, file: folder, message: "there is no \(StudyListing.fileName) here",
          hint: InputFolder.exists(folder)
            ? "no sweep has written to this folder" : "there is no such folder")
      }
      let head = try StudyListing.head(at: path)
      guard let known = first else {
        first = (path, try StudyListing.read(at: path))
        continue
      }
      if let words = difference(head, known.plan) {
        throw InputError(
          file: path, message: "\(words) in '\(known.path)'",
          hint: "shares of one study, one version and the same inputs are put together")
      }
    }
    guard let first else { throw InputError(kind: .usage, message: "expected DIR, found nothing") }
    return first.plan
  }

  /// What differs between two plans, as the beginning of a sentence; nil where nothing does.
  private static func difference(_ own: StudyListing, _ other: StudyListing) -> String? {
    if own.version != other.version {
      return "the share is of version \(Excerpt.word(own.version)), not \(other.version) as"
    }
    if own.study != other.study {
      return "the study is '\(Excerpt.word(own.study))', not '\(Excerpt.word(other.study))' as"
    }
    if own.axes != other.axes {
      return "the axes are \(own.axes.joined(separator: ", ")), not "
        + "\(other.axes.joined(separator: ", ")) as"
    }
    if own.description != other.description {
      return "the experiment or the values of its axes differ from those"
    }
    for input in own.inputs where !other.inputs.contains(input) {
      return "the input '\(Excerpt.word(input.name))' is another than"
    }
    return own.key == other.key ? nil : "the plan differs from that"
  }

  /// Holds that every run is in some folder.
  private static func checkWhole(
    _ listing: StudyListing, _ stores: [RunStore], _ paths: [String]
  ) throws(InputError) {
    let runs = Set(listing.rows.lazy.map(\.run))
    let missing = runs.count { run in !stores.contains { $0.has(run) } }
    if missing == 0 { return }
    throw InputError(
      file: paths.joined(separator: ", "),
      message: "\(missing) of \(runs.count) runs are missing",
      hint: "start the sweep of each missing share (again): it does what is missing")
  }
}
