/// Finds the known name nearest to a mistyped one, for hints.
package enum NearestName {
  /// The known name within a third of the word's length (at least 2) of `word`, by optimal string
  /// alignment distance; the first of equals in the order given.
  ///
  /// - Complexity: O(`known.count` × length²).
  package static func of(_ word: String, in known: [String]) -> String? {
    let limit = max(2, word.utf8.count / 3)
    var best: (name: String, distance: Int)?
    let folded = Array(word.lowercased().utf8.prefix(64))
    for name in known {
      let candidate = Array(name.lowercased().utf8.prefix(64))
      if abs(candidate.count - folded.count) > limit { continue }
      let d = distance(folded, candidate)
      if d <= limit, d < (best?.distance ?? .max) { best = (name, d) }
    }
    return best?.name
  }

  /// `did you mean 'x'?`, or the list of what is known when nothing is near.
  ///
  /// A word of three or more letters that begins known names ("V100"), or else stands inside some
  /// ("pcie"), means those, whatever its case.
  package static func hint(for word: String, in known: [String]) -> String? {
    let folded = word.lowercased()
    func those(_ holds: (String) -> Bool) -> [String] {
      var found: [String] = []
      for name in known where folded.utf8.count >= 3 && name != word && !found.contains(name) {
        if holds(name.lowercased()) { found.append(name) }
      }
      return found
    }
    var longer = those { $0.hasPrefix(folded) }
    // What begins a name is meant sooner than a name that is spelled alike, what stands inside one
    // is not.
    if longer.isEmpty, of(word, in: known) == nil { longer = those { $0.contains(folded) } }
    if !longer.isEmpty, longer.count <= 6 {
      return "did you mean " + longer.map { "'\($0)'" }.joined(separator: " or ") + "?"
    }
    if let name = of(word, in: known) { return "did you mean '\(name)'?" }
    if known.isEmpty { return nil }
    // A reader may have asked for a name twice.
    let names = known.enumerated().filter { known.firstIndex(of: $1) == $0 }.map(\.element)
    return "known: " + names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }

  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var before = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = previous
    for i in 0..<a.count {
      current[0] = i + 1
      for j in 0..<b.count {
        let cost = a[i] == b[j] ? 0 : 1
        var d = min(previous[j + 1] + 1, current[j] + 1, previous[j] + cost)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { d = min(d, before[j - 1] + 1) }
        current[j + 1] = d
      }
      (before, previous, current) = (previous, current, before)
    }
    return previous[b.count]
  }
}
