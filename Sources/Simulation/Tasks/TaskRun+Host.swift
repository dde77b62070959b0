import Hardware
import Scheduling

// Tasks that the host launches: all that are new at a look, without waiting for them (`discrete`), or
// all that are ready once what was launched has ended (`bsp`).
extension TaskRun {
  /// Something joined the queue: when does the host see it?
  mutating func hostSeesNew() {
    guard !host.isBusy, queue.count > host.launched else { return }
    if rule.mode == .bsp, host.running > 0 { return }
    host.isBusy = true
    var time = max(clock.now, host.freeAt)
    if rule.mode == .discrete, host.lookNS > 0 {
      let looks = max(1, (clock.now - host.freeAt + host.lookNS - 1) / host.lookNS)
      time = host.freeAt + looks * host.lookNS
    }
    clock.schedule(.hostLooked, at: time, phase: .timer)
  }

  mutating func hostLooked() {
    host.calling = queue.count
    clock.schedule(.hostLaunched, at: host.call(from: clock.now), phase: .timer)
  }

  mutating func hostLaunched() {
    let number = host.kernels.count
    let places = host.launched..<host.calling
    host.kernels.append(TaskHost.Kernel(places: places, next: places.lowerBound))
    countLaunch(of: places.lazy.map { [queue] in Int(queue[$0].replica) })
    host.launched = host.calling
    host.isBusy = false
    host.running += 1
    if number < TaskHost.streams || host.kernels[number - TaskHost.streams].isDone {
      host.resident.append(number)
    }
    hostSeesNew()
    placeBlocks()
  }

  /// Gives blocks of the launches in turn to what room there is.
  mutating func placeBlocks() {
    host.isPlacing = false
    while grid.hasRoom, let number = host.resident.first {
      let kernel = host.kernels[number]
      let end = min(kernel.next + rule.fetch, kernel.places.upperBound)
      let block = (kernel: number, sm: grid.place(at: clock.now), next: kernel.next, end: end)
      let worker = host.freeBlocks.popLast() ?? host.blocks.count
      if worker == host.blocks.count {
        host.blocks.append(block)
      } else {
        host.blocks[worker] = block
      }
      host.kernels[number].next = end
      host.kernels[number].open += 1
      if end == kernel.places.upperBound { host.resident.removeFirst() }
      _ = beginTask(block.next, on: worker)
    }
  }

  mutating func blockTaskEnded(_ worker: Int) {
    let block = host.blocks[worker]
    let r = endTask(block.next)
    let isLast = block.next + 1 == block.end
    if isLast {
      grid.remove(from: block.sm, at: clock.now)
      host.freeBlocks.append(worker)
      host.kernels[block.kernel].open -= 1
    } else {
      host.blocks[worker].next += 1
      _ = beginTask(block.next + 1, on: worker)
    }
    let kernel = host.kernels[block.kernel]
    if kernel.open == 0, kernel.next == kernel.places.upperBound { kernelEnded(block.kernel) }
    // A barrier holds all of a launch's requests to its end.
    if rule.mode == .discrete, isDone(r) { gpuDone(r) }
    if active == 0 { host.forget() }
    hostSeesNew()
    if active > 0, !host.isPlacing {
      host.isPlacing = true
      clock.schedule(.place, at: clock.now, phase: .timer)
    }
  }

  private mutating func kernelEnded(_ number: Int) {
    host.kernels[number].isDone = true
    host.running -= 1
    if number + TaskHost.streams < host.kernels.count {
      host.resident.append(number + TaskHost.streams)
    }
    guard rule.mode == .bsp else { return }
    host.freeAt = clock.now + host.syncNS
    var told: Set<Int32> = []
    for place in host.kernels[number].places {
      let r = queue[place].replica
      if isDone(Int(r)), told.insert(r).inserted { gpuDone(Int(r)) }
      if queue.isEmpty { return }
    }
  }
}
