/// Several sources as one, in order of time; the first of equals in the order given.
///
/// - Complexity: O(log sources) per arrival.
struct SuperposedSource: ArrivalSource {
  private var sources: [any ArrivalSource]
  /// A binary heap of each live source's next arrival.
  private var heap: [(time: Double, source: Int)] = []

  init(_ sources: [any ArrivalSource]) {
    self.sources = sources
    for index in sources.indices {
      if let time = self.sources[index].next() { heap.append((time, index)) }
    }
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  mutating func next() -> Double? {
    guard let top = heap.first else { return nil }
    if let time = sources[top.source].next() {
      heap[0].time = time
    } else {
      heap[0] = heap[heap.count - 1]
      heap.removeLast()
    }
    sink(0)
    return top.time
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (heap[a].time, heap[a].source) < (heap[b].time, heap[b].source)
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && isBefore(child, least) {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
