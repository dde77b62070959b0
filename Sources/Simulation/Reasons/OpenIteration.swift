import Device
import Hardware
import LanguageModels

/// A request's part in an iteration.
struct IterationMember {
  /// Which of its tenant's requests it is.
  var number: Int
  /// Its new tokens.
  var tokens: Int
  /// Those of them that it had computed before it had to leave.
  var again: Int
}

/// A language model's iteration, as far as its launches' times alone are asked for.
///
/// A class: a replica's account is copied often, and the iteration never changes.
final class OpenIteration {
  private struct Key: Hashable {
    var row: Int
    var blocks: Int
    var sms: Int
  }

  let program: Program
  let members: [IterationMember]
  let work: IterationWork
  /// Their names by row.
  var names: [String] { rows.rows.map(\.name) }
  private var rows: IterationProgram
  /// The same on the whole GPU, where the replica has an instance of MIG.
  private let whole: LaunchSequence?
  private var known: [Key: Int64] = [:]

  /// - Parameter whole: makes the same iteration for the whole GPU.
  init(_ server: LanguageServer, whole: IterationProgram?) {
    program = server.program
    members = server.members
    work = server.loop.work
    rows = server.iteration
    var maker = whole
    self.whole = maker?.launches(server.loop.work, gap: server.pace.gap)
  }

  /// A launch's nanoseconds on the whole GPU, of which an instance of MIG is a part.
  func wholeNS(_ launch: Int) -> Int64 {
    let placed = program.launches[launch].durationNS
    // Alike but for their blocks; else what they are in the instance.
    guard let whole, whole.rows.count == rows.rows.count else { return placed }
    return whole.rows[program.launches.row(of: launch)].durationNS
  }

  /// Nanoseconds of some blocks of a launch alone on some SMs of a device.
  func duration(_ launch: Int, blocks: Int, sms: Int, on gpu: GPUSpec) -> Int64 {
    let key = Key(row: program.launches.row(of: launch), blocks: blocks, sms: sms)
    if let old = known[key] { return old }
    let new = Device.isolatedRun(
      of: rows.profile(ofRow: key.row), blocks: blocks, on: gpu,
      mask: sms < gpu.smCount ? SMSet(0..<sms) : nil
    ).durationNS
    known[key] = new
    return new
  }
}

extension LanguageServer {
  /// The requests of the iteration that was planned last.
  var members: [IterationMember] {
    loop.plan.map { part in
      let sequence = loop.sequences[part.slot]
      let before = sequence.computed - (sequence.isDone ? 0 : part.tokens)
      return IterationMember(
        number: sequence.number, tokens: part.tokens,
        again: max(0, min(before + part.tokens, sequence.reached) - before))
    }
  }
}
