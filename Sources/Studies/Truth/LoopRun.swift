/// Batches of one model in a closed loop of one client a replica: the next is asked for when the one
/// before has been answered.
package struct BatchLoop: Hashable, Sendable, Comparable {
  /// The model, as `kernels lower` knows it.
  package var model: String
  /// Images or sequences of a batch.
  package var batch: Int
  /// MPS active-thread percentage, 1...100.
  package var share: Int

  package init(model: String, batch: Int, share: Int) {
    self.model = model
    self.batch = batch
    self.share = share
  }

  package static func < (a: BatchLoop, b: BatchLoop) -> Bool {
    (a.model, a.batch, a.share) < (b.model, b.batch, b.share)
  }
}

/// One run under MPS: the loops that are on a GPU together.
package struct LoopRun: Hashable, Sendable {
  package var gpu: String
  package var stack: String
  package var testbed: String
  /// In order, so that two loops are the same run whichever is named first.
  package let loops: [BatchLoop]
  /// Equal replicas of each loop, a process each.
  package var replicas: Int

  package init(
    gpu: String, stack: String, testbed: String, loops: [BatchLoop], replicas: Int = 1
  ) {
    self.gpu = gpu
    self.stack = stack
    self.testbed = testbed
    self.loops = loops.sorted()
    self.replicas = replicas
  }

  /// One loop of it alone on the GPU.
  package func alone(_ loop: BatchLoop) -> LoopRun {
    LoopRun(gpu: gpu, stack: stack, testbed: testbed, loops: [loop])
  }

  /// Whether nothing runs beside its one replica.
  package var isAlone: Bool { loops.count == 1 && replicas == 1 }
}

/// What was heard of a run, by loop.
package struct LoopFigures: Hashable, Sendable {
  /// Mean time from asking to the answer, in milliseconds.
  package var latencyMS: [Double] = []
  /// Batches answered a second by all replicas of the loop.
  package var throughputRPS: [Double] = []
}
