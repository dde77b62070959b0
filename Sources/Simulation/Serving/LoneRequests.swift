import Hardware
import LanguageModels

/// What requests of a language model take alone on the idle GPU under their tenant's serving options:
/// what their slowdown compares with.
///
/// Exact: the prompt's chunks and then a step for each further token, host and launches as
/// `LanguageServer` and `Program` have them; a decode step's sums are kept by context, so that a
/// request costs a few operations a token. Nothing is in the prefix cache.
///
/// Unchecked: what costs remember is shared by copies. It belongs to a run's observer, which one thread
/// asks at a time; copies of that are read, not asked again.
package struct LoneRequests: @unchecked Sendable {
  /// What an iteration of the one sequence takes of host and GPU.
  private struct Step {
    /// When the host has sent the first launch and the last, counted from when it began.
    var firstSent: Int64
    var lastSent: Int64
    /// Launches with the gaps between them.
    var launchesNS: Int64
    /// The latest end that a launch call brings about, counted from when the host began.
    var hostBound: Int64
  }

  private var program: IterationProgram
  private let language: LanguageTenant
  private let testbed: Testbed
  /// By tokens in the cache: the step that computes the next; nil where nobody asked yet.
  private var decodes: [Step?] = []

  package init(_ language: LanguageTenant, _ testbed: Testbed, on gpu: GPUSpec) {
    self.language = language
    self.testbed = testbed
    program = IterationProgram(language.costs(on: gpu), firstKernel: 0, firstClass: 0)
  }

  /// From a request's arrival to the host's last token of its answer.
  package mutating func latencyNS(input: Int, output: Int) -> Int64 {
    let settings = language.settings
    let isCut = settings.chunkedPrefill && settings.scheduler != .prefillFirst
    // When the GPU, or the host, is ready for the next iteration, and the thread for its work.
    var (now, hostFree, end) = (Int64(0), Int64(0), Int64(0))
    func run(_ step: Step, follows: Bool) {
      let overlaps = language.stack.overlapsSteps && follows
      let base = overlaps ? hostFree : max(now, hostFree)
      let start = max(overlaps ? now + testbed.launchGap : now, base + step.firstSent)
      end = max(start + step.launchesNS, base + step.hostBound)
      hostFree = min(base + step.lastSent, end)
      now = language.stack.overlapsSteps ? end : end + testbed.completionSync
    }
    var done = 0
    while done < input {
      let tokens = isCut ? min(settings.maxTokens, input - done) : input - done
      run(step(tokens, after: done, samples: done + tokens == input), follows: done > 0)
      done += tokens
    }
    for context in input..<(input + output - 1) { run(decode(context), follows: true) }
    return end + testbed.completionSync
  }

  private mutating func decode(_ context: Int) -> Step {
    while decodes.count <= context { decodes.append(nil) }
    if let known = decodes[context] { return known }
    let new = step(1, after: context, samples: true)
    decodes[context] = new
    return new
  }

  private mutating func step(_ tokens: Int, after context: Int, samples: Bool) -> Step {
    var work = IterationWork()
    work.add(BatchSequence(newTokens: tokens, contextTokens: context, samples: samples))
    let pace = LaunchPace(
      language.stack, testbed, sequences: 1, prefills: work.prefills, hasSharedLock: false)
    let launches = program.launches(work, gap: pace.gap)
    let whole = Program(batch: 1, launches: launches, copyInNS: 0, copyOutNS: 0)
    return Step(
      firstSent: pace.submitted(0, base: 0), lastSent: pace.submitted(launches.count - 1, base: 0),
      launchesNS: launches.remainingNS(from: 0), hostBound: whole.hostBound(pace))
  }
}

extension LaunchPace {
  /// The pace of an iteration.
  init(
    _ stack: ServingStack, _ testbed: Testbed, sequences: Int, prefills: Int, hasSharedLock: Bool
  ) {
    self.init(testbed: testbed, hasSharedLock: hasSharedLock)
    isGraph = prefills == 0 && sequences <= stack.graphSequences && stack.graphSequences > 0
    requestCPU = stack.stepCPUNS + Int64(sequences) * stack.stepCPUPerSequenceNS
    if isGraph { (perLaunch, gap) = (0, stack.graphGapNS) }
  }
}
