import CommandLine
import Studies
import Synchronization
import Tables

/// The runs of a folder, each in a file of its own (`runs/NAME.csv`) or, of large studies, many in
/// one (`runs/SHARD.pack`).
///
/// A run is there as a whole or not at all, whatever ended the process that wrote it: a file takes
/// its name when it is complete, and what is cut off at a pack's end is cut away. Nothing depends on
/// clocks or on the order in which runs ended.
final class RunStore: Sendable {
  static let folderName = "runs"
  static let ending = ".csv"

  private struct State {
    /// The pack that runs are added to; nil where each has a file.
    var pack: RunPack?
    var fault: (any Error)?
    /// Whether no more runs are taken.
    var isClosed = false
  }

  /// The folder of the study.
  let path: String
  private let state = Mutex(State())
  /// The runs that have a file.
  private let files: Set<String>
  /// The packs of the folder, without the one that is written.
  private let packs: [PackIndex]

  private var folder: String { path + (path.hasSuffix("/") ? "" : "/") + Self.folderName }

  /// Looks at what is there.
  ///
  /// - Throws: `InputError` where a pack cannot be read.
  init(_ path: String) throws(InputError) {
    self.path = path
    let folder = path + (path.hasSuffix("/") ? "" : "/") + Self.folderName
    var (files, packs) = (Set<String>(), [PackIndex]())
    for name in InputFolder.names(at: folder) where !name.hasPrefix(".") {
      if name.hasSuffix(Self.ending) {
        files.insert(String(name.dropLast(Self.ending.utf8.count)))
      } else if name.hasSuffix(RunPack.ending) {
        packs.append(try PackIndex(folder + "/" + name))
      }
    }
    self.files = files
    self.packs = packs
  }

  /// How many runs there are.
  var count: Int { files.count + packs.reduce(0) { $0 + $1.count } }

  /// Whether a run is there.
  func has(_ run: String) -> Bool {
    files.contains(run) || packs.contains { $0.place(of: run) != nil }
  }

  /// Where a run is, for errors.
  func place(of run: String) -> String {
    if files.contains(run) { return folder + "/" + run + Self.ending }
    return packs.first { $0.place(of: run) != nil }?.path ?? folder
  }

  /// A run's record; nil where it is not there.
  ///
  /// - Throws: `badData` where it was cut short, damaged or written by another version.
  func record(_ run: String) throws(InputError) -> RunRecord? {
    if files.contains(run) {
      let file = folder + "/" + run + Self.ending
      return try RunRecord(InputFile.text(at: file), run: run, file: file)
    }
    for pack in packs {
      if let text = try pack.text(of: run) { return try RunRecord(text, run: run, file: pack.path) }
    }
    return nil
  }

  // MARK: Writing

  /// What kept a run from being written.
  var fault: (any Error)? {
    guard let fault = state.withLock({ $0.fault }) else { return nil }
    guard var told = fault as? OutputError else { return fault }
    told.hint = "the runs before it are kept: the same command, once it can write, does the rest"
    return told
  }

  /// Makes the folder ready to take runs.
  ///
  /// - Parameters:
  ///   - pack: the name of the pack that takes them; nil gives each a file.
  ///   - isAlone: whether no other machine takes a share, whose half-written files would be there.
  /// - Throws: as `OutputFolder`, and where another process writes to the pack.
  func open(pack name: String?, isAlone: Bool) throws {
    try OutputFolder.make(folder)
    if isAlone { OutputFile.removeAbandoned(in: folder) }
    guard let name else { return }
    let place = folder + "/" + name + RunPack.ending
    try state.withLock { $0.pack = try RunPack(place) }
  }

  /// Keeps a run; false where it cannot be written, which `fault` tells.
  func keep(_ record: RunRecord) -> Bool {
    state.withLock { state in
      if state.isClosed { return false }
      do {
        if let pack = state.pack {
          try pack.add(record)
        } else {
          let file = try OutputFile(at: folder + "/" + record.run + Self.ending)
          try file.write(record.text)
          // What a crash of the machine takes is told by its checksum and run again.
          try file.commit(isSynced: false)
        }
        return true
      } catch {
        state.fault = state.fault ?? error
        return false
      }
    }
  }

  /// Takes no more runs: the process may end now.
  func close() {
    state.withLock { state in
      state.isClosed = true
      state.pack = nil
    }
  }
}
