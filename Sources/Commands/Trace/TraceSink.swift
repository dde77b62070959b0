import CommandLine
import Tables
import Traces
import Workloads

/// Where a trace's rows go: a file that appears whole or not at all, or standard output.
final class TraceSink {
  /// The flags of every command that makes a trace.
  static let flags: [FlagSpec] = [
    .output("--to", "FILE", "write the trace into this file instead of standard output")
  ]

  private let text: TraceText
  private let file: OutputFile?
  /// That of `--out`, where the file is one of it.
  private let folder: OutputFolder?
  private let context: CommandContext
  private var buffer: [UInt8] = []
  /// Rows written so far.
  private(set) var rows = 0

  /// Starts a trace at `path`, in the folder of `--out` as `name`.csv, or on standard output.
  init(
    _ text: TraceText, provenance: [TraceProvenance], path: String?, name: String,
    _ context: CommandContext
  ) throws {
    self.text = text
    self.context = context
    folder = path == nil ? try context.outputFolder.map { try OutputFolder($0) } : nil
    file = try path.map { try OutputFile(at: $0) } ?? folder?.open(name + ".csv")
    buffer.append(contentsOf: text.header(provenance).utf8)
  }

  /// Adds a request.
  func write(_ row: TraceRow) throws {
    text.append(row, to: &buffer)
    rows += 1
    if buffer.count > 1 << 16 { try flush() }
  }

  /// Completes the trace.
  func finish() throws {
    try flush()
    guard let file else { return }
    if let folder { try folder.commit() } else { try file.commit() }
    context.note("wrote \(rows) requests to \(file.path)")
  }

  private func flush() throws {
    if let file {
      try file.write(bytes: buffer)
    } else {
      context.print(String(decoding: buffer, as: UTF8.self))
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
