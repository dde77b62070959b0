/// Whether the rows of a GPU can be of one clock.
enum GEMMDisagreement {
  /// How far a kernel's fastest tenth may be above the middle of its rows.
  private static let mostSpread = 1.6
  /// Shorter launches differ by their ends.
  private static let shortestUS = 300.0

  /// GPUs whose rows disagree with themselves, in words: among equal kernels, with enough work to fill the
  /// card, some ran at a rate that others did not come near. A card at its power limit does that,
  /// and so do rows taken under two clocks.
  static func notes(
    _ samples: [GEMMSample], _ catalogue: GEMMCatalogue
  ) -> [String] {
    var notes: [String] = []
    for gpu in PredictionReport.distinct(samples.map(\.gpu)) {
      guard let sheet = catalogue.sheet(named: gpu) else { continue }
      // Long launches alone: short ones differ by their ends.
      let long = samples.filter {
        $0.gpu == gpu && $0.microseconds > shortestUS && $0.tile != nil
      }
      var worst: (key: String, rows: Int, slow: Double, fast: Double)?
      for key in PredictionReport.distinct(long.map(kernel)) {
        let rates = long.filter { kernel($0) == key }.compactMap { sample -> Double? in
          guard let tile = sample.tile else { return nil }
          // Padding is work too.
          let m = Double((sample.shape.m - 1) / tile.rows + 1) * Double(tile.rows)
          let n = Double((sample.shape.n - 1) / tile.columns + 1) * Double(tile.columns)
          let flop = 2 * m * n * Double(sample.shape.k) * Double(sample.shape.batch)
          let blocks = m * n * Double(sample.shape.batch) / tile.area
          guard blocks >= 8 * sheet.smCount, sample.shape.k >= 256 else { return nil }
          return flop / sample.microseconds / 1e6
        }.sorted()
        guard rates.count >= 20 else { continue }
        let (slow, fast) = (rates[rates.count / 2], rates[rates.count * 9 / 10])
        if fast / slow > max(mostSpread, worst.map { $0.fast / $0.slow } ?? 0) {
          worst = (key, rates.count, slow, fast)
        }
      }
      guard let worst else { continue }
      notes.append(
        "\(gpu): its rows disagree with themselves: of \(worst.rows) full launches of "
          + "\(worst.key) the middle ran at \(PredictionReport.hundredths(worst.slow)) TFLOP/s and a "
          + "tenth above \(PredictionReport.hundredths(worst.fast)): two clocks, or a card at its "
          + "limit of \(Int(sheet.powerW)) W; one constant fits neither")
    }
    return notes
  }

  /// A sample's kernel, in words.
  private static func kernel(_ sample: GEMMSample) -> String {
    "\(sample.precision) \(sample.layout.rawValue) \(sample.tile?.description ?? "")"
  }
}
