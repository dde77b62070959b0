/// How a series is told from others: a colour, the shape of its marks and the dashes of its line.
package struct SeriesStyle: Hashable, Sendable {
  /// How many colours there are.
  static let colors = 8
  /// How many shapes there are.
  static let marks = 8
  /// How many kinds of line there are, the whole one first.
  static let dashes = 4

  /// Which of the colours.
  package var color: Int
  /// Which of the shapes.
  package var mark: Int
  /// Which kind of line; 0 is whole.
  package var dash: Int

  /// Creates a style.
  package init(color: Int, mark: Int, dash: Int = 0) {
    self.color = color
    self.mark = mark
    self.dash = dash
  }

  /// The style of the n-th of names that mean nothing to us.
  init(inOrder n: Int) {
    self.init(
      color: n % Self.colors, mark: n % Self.marks, dash: n / Self.colors % Self.dashes)
  }

  /// The next style of the same colour, by shape and then by line.
  fileprivate var next: SeriesStyle {
    let shape = (mark + 1) % Self.marks
    return SeriesStyle(
      color: color, mark: shape, dash: shape == 0 ? (dash + 1) % Self.dashes : dash)
  }
}

/// The styles of policies: a policy looks the same in every figure, whatever stands beside it.
package enum PolicyStyles {
  /// The labels with places of their own, in the order of places: eight colours, then the next
  /// eight with other shapes. A new name goes to the end, or all figures change; a policy that is
  /// not here has a place by the hash of its name.
  static let known = [
    "space-time", "time-only", "space-only", "batched", "space-only(mechanism=streams)", "triton",
    "exclusive", "clipper",
    "clockwork", "nexus", "orion", "reef", "xsched", "tally", "oracle", "paella",
    "tgs", "prema", "gpreempt", "mps-partition", "mig", "gpulets", "runtime-aware", "d-stack",
    "pd-multiplex", "muxserve", "lithos", "hummingbird", "parvagpu", "bless",
    "atos", "sgdrc",
  ]

  /// Whether a name is a policy's by itself or with options in parentheses.
  package static func isKnown(_ label: String) -> Bool { known.contains(name(label)) }

  /// Whether a label, options and all, has a place of its own.
  static func hasOwnLook(_ label: String) -> Bool { known.contains(label) }

  /// The style of a policy's label. One with options has its policy's colour with another shape and
  /// a dashed line.
  package static func style(_ label: String) -> SeriesStyle {
    if let place = known.firstIndex(of: label) { return style(place: place) }
    let name = name(label)
    if name == label {
      let hash = hash(name)
      return SeriesStyle(
        color: Int(hash % UInt64(SeriesStyle.colors)),
        mark: Int(hash / 64 % UInt64(SeriesStyle.marks)))
    }
    let (base, hash) = (style(name), hash(label))
    let others = UInt64(SeriesStyle.marks - 1)
    return SeriesStyle(
      color: base.color, mark: (base.mark + 1 + Int(hash % others)) % SeriesStyle.marks,
      dash: 1 + Int(hash / 64 % UInt64(SeriesStyle.dashes - 1)))
  }

  private static func style(place: Int) -> SeriesStyle {
    SeriesStyle(
      color: place % SeriesStyle.colors,
      mark: (place + place / SeriesStyle.colors) % SeriesStyle.marks)
  }

  private static func name(_ label: String) -> String { String(label.prefix { $0 != "(" }) }

  /// FNV-1a, which is the same in every process.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

extension FigureSeries {
  /// What its look is settled by: the label where that has a look of its own, else the name that is
  /// shown, so that one name looks the same in all figures.
  var key: String {
    guard let policy, !PolicyStyles.isKnown(name) || PolicyStyles.hasOwnLook(policy) else {
      return name
    }
    return policy
  }
}

/// The styles of the series of one figure, by name.
struct FigureStyles {
  private var names: [String] = []
  private var styles: [SeriesStyle] = []

  /// Settles the styles: those of known policies first, so that they have theirs; where the hash of
  /// another meets one that is taken here, the next is its.
  init(_ series: [FigureSeries]) {
    var keys: [(key: String, isPolicy: Bool)] = []
    for one in series where !keys.contains(where: { $0.key == one.key }) {
      keys.append((one.key, one.policy != nil || PolicyStyles.isKnown(one.name)))
    }
    let fixed = keys.filter { $0.isPolicy && PolicyStyles.known.contains($0.key) }
    let policies = keys.filter { $0.isPolicy && !PolicyStyles.known.contains($0.key) }
    for (key, _) in fixed + policies { add(key, PolicyStyles.style(key)) }
    for (n, key) in keys.filter({ !$0.isPolicy }).enumerated() {
      add(key.key, SeriesStyle(inOrder: n))
    }
  }

  private mutating func add(_ key: String, _ wanted: SeriesStyle) {
    var style = wanted
    // As many styles as this are never taken: two of one look are then told apart by their names.
    for _ in 0..<(SeriesStyle.marks * SeriesStyle.dashes) where styles.contains(style) {
      style = style.next
    }
    names.append(key)
    styles.append(style)
  }

  /// A series' style.
  subscript(_ series: FigureSeries) -> SeriesStyle {
    names.firstIndex(of: series.key).map { styles[$0] } ?? SeriesStyle(inOrder: 0)
  }
}
