import CommandLine
import Reports
import Tables

/// Lists in flags: a flag given several times, or once with commas, means the same.
enum FlagValues {
  /// The most seeds a range may name: each is a run of every policy.
  private static let mostSeeds = 10_000

  /// A name that becomes a file's: nil where it is not given.
  static func fileName(_ flag: String, _ arguments: inout ArgumentReader) -> String? {
    let name = arguments.string(flag)
    if let name, name.contains("/") {
      arguments.fault("expected a name without '/' after '\(flag)', found \"\(name)\"")
    }
    return name
  }

  /// Names or files; what exists as a whole is one, its commas included.
  static func names(_ flag: String, _ arguments: inout ArgumentReader) -> [String] {
    var names: [String] = []
    for text in arguments.strings(flag) {
      if !text.contains(",") || InputFolder.exists(text) {
        names.append(text)
        continue
      }
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        if part.isEmpty { arguments.fault("expected a name between the commas of '\(flag)'") }
        names.append(String(part))
      }
    }
    return names
  }

  /// Numbers within bounds.
  static func doubles(
    _ flag: String, _ low: Double, _ high: Double, _ arguments: inout ArgumentReader
  ) -> [Double] {
    var numbers: [Double] = []
    for text in arguments.strings(flag) {
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        if let number = decimal(part), number >= low, number <= high {
          numbers.append(number)
        } else {
          let bounds = "\(NumberText.exact(low)) to \(NumberText.exact(high))"
          arguments.fault("expected a number from \(bounds) after '\(flag)', found \"\(part)\"")
        }
      }
    }
    return numbers
  }

  /// Seeds, each once; `1..5` are five.
  static func seeds(_ arguments: inout ArgumentReader) -> [Int] {
    var seeds: [Int] = []
    for text in arguments.strings("--seed") {
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let ends = range(part)
        guard let ends else {
          arguments.fault(
            "expected an integer of at least 0 after '--seed', found \"\(part)\"",
            hint: "several as 1,2,3 or 1..5")
          continue
        }
        guard ends.count <= mostSeeds else {
          arguments.fault("'\(part)' are more than \(mostSeeds) seeds")
          continue
        }
        for seed in ends {
          if seeds.contains(seed) { arguments.fault("the seed \(seed) is given twice") }
          seeds.append(seed)
        }
      }
    }
    return seeds
  }

  private static func range(_ text: Substring) -> ClosedRange<Int>? {
    func seed(_ text: some StringProtocol) -> Int? {
      Int(text).flatMap { $0 >= 0 && $0 <= 1 << 53 ? $0 : nil }
    }
    if let one = seed(text) { return one...one }
    guard let dots = text.firstRange(of: "..") else { return nil }
    var rest = text[dots.upperBound...]
    if rest.first == "." { rest = rest.dropFirst() }
    guard let low = seed(text[..<dots.lowerBound]), let high = seed(rest), low <= high else {
      return nil
    }
    return low...high
  }

  /// A finite number in decimal digits; Double alone reads "inf" and "0x1p3" too.
  static func decimal(_ text: some StringProtocol) -> Double? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }
}
