/// A list that grows at its end and keeps its elements' places when those at its front, which nobody
/// needs any more, are forgotten: a run that is never idle holds what is open, not all there was.
struct LongQueue<Element> {
  private var items: [Element] = []
  /// The place of the first that is kept.
  private var first = 0
  private var most = 1_024

  /// The place behind the last.
  var count: Int { first + items.count }
  /// Whether it is worth forgetting some.
  var isLong: Bool { items.count > most }

  subscript(place: Int) -> Element { items[place - first] }

  mutating func append(_ element: Element) { items.append(element) }

  /// Begins again at place 0.
  mutating func removeAll() {
    items.removeAll(keepingCapacity: true)
    first = 0
  }

  /// Forgets what is before a place.
  mutating func forget(before place: Int) {
    let gone = max(0, min(place, count) - first)
    items.removeFirst(gone)
    first += gone
    most = max(1_024, 2 * items.count)
  }
}
