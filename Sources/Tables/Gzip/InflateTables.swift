/// The constants of deflate (RFC 1951, sections 3.2.5 and 3.2.7).
enum InflateTables {
  /// The order in which the lengths of the code for code lengths are stored.
  static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// Base and extra bits of the match lengths, from symbol 257 on.
  static let lengths: [(Int, Int)] = ladder(first: 3, plain: 8, step: 4, count: 28) + [(258, 0)]

  /// Base and extra bits of the match distances.
  static let distances: [(Int, Int)] = ladder(first: 1, plain: 4, step: 2, count: 30)

  private static func ladder(first: Int, plain: Int, step: Int, count: Int) -> [(Int, Int)] {
    var base = first
    return (0..<count).map { i in
      let extra = i < plain ? 0 : i / step - (plain / step - 1)
      defer { base += 1 << extra }
      return (base, extra)
    }
  }
}
