import Tables

/// One change to a trace.
package enum TransformStep: Equatable, Sendable {
  /// Keeps what arrives from one time on and before another; the first becomes time 0.
  case slice(fromNS: Int64, untilNS: Int64)
  /// Moves every arrival later.
  case shift(byNS: Int64)
  /// Keeps each request with a probability: bursts stay where they are.
  case thin(share: Double)
  /// Adds up copies of the trace, each rotated by a random part of its length: the rate grows and
  /// dispersion stays about the same.
  case superpose(copies: Int)
  /// Multiplies the rate by superposition, thinned to the wanted factor.
  case rate(factor: Double)
  /// Divides every time: the rate grows by the factor and bursts become shorter and denser.
  case compress(factor: Double)
  /// Moves each arrival later by a uniform part of the clock's tick.
  case dequantise(tickNS: Int64)
  /// Plays the trace several times, one after the other.
  case `repeat`(times: Int)
  /// Adds the requests of another file.
  case merge(path: String)
  /// Keeps the requests of some tenants.
  case keep(tenants: [String])
  /// Keeps the requests of the tenants that have the most.
  case busiest(count: Int)
  /// Hands requests to tenants at random, with the given weights.
  case splitByWeights([Double])
  /// Hands requests to tenants at random, with weights that fall with the rank.
  case splitByZipf(tenants: Int, exponent: Double)
  /// Hands requests to tenants by a token count: below the first bound, below the second, and so on.
  case splitBySize(isOutput: Bool, bounds: [Int64])

  /// The steps' names and what follows them, for help.
  package static let forms: [(form: String, meaning: String)] = [
    ("slice=FROM..UNTIL", "keep that time, in seconds; FROM becomes 0; either may be left out"),
    ("shift=SECONDS", "everything that much later"),
    ("thin=SHARE", "keep each request with this probability; bursts stay"),
    (
      "superpose=N",
      "add up N copies, each rotated by a random time; dispersion stays about the same"
    ),
    ("rate=FACTOR", "superpose and thin to that many times the rate"),
    ("compress=FACTOR", "divide all times; bursts become denser"),
    ("dequantise=SECONDS", "spread each request over the clock's tick"),
    ("repeat=N", "play it N times, one after the other"),
    ("merge=FILE", "add the requests of another trace"),
    ("keep=TENANT,…", "only these tenants"),
    ("busiest=N", "only the N tenants with the most requests"),
    ("split=W,W,…", "tenants t1, t2, … at random by weight"),
    ("split=zipf:N:EXPONENT", "N tenants at random, weights 1/rank^EXPONENT"),
    ("split=input_tokens:B,…", "tenants by prompt length, cut at the bounds; or output_tokens"),
  ]

  /// Reads `name=value`.
  ///
  /// - Throws: `InputError` of kind `usage` that says what was expected.
  package init(_ text: String) throws(InputError) {
    guard let cut = text.firstIndex(of: "=") else {
      throw Self.fault(text, "NAME=VALUE", hint: Self.hint(text))
    }
    let name = String(text[..<cut])
    let value = String(text[text.index(after: cut)...])
    switch name {
    case "slice": self = try Self.slice(value, text)
    case "shift": self = .shift(byNS: try Self.nanoseconds(value, text))
    case "thin": self = .thin(share: try Self.number(value, 1e-9...1, text))
    case "superpose": self = .superpose(copies: try Self.whole(value, 1...100, text))
    case "rate": self = .rate(factor: try Self.number(value, 1e-9...100, text))
    case "compress": self = .compress(factor: try Self.number(value, 1e-9...1e9, text))
    case "dequantise":
      let tick = try Self.nanoseconds(value, text)
      guard tick > 0 else { throw Self.fault(text, "a tick above 0") }
      self = .dequantise(tickNS: tick)
    case "repeat": self = .repeat(times: try Self.whole(value, 1...1_000_000, text))
    case "merge":
      guard !value.isEmpty else { throw Self.fault(text, "merge=FILE") }
      self = .merge(path: value)
    case "keep":
      self = .keep(tenants: value.split(separator: ",").map(String.init))
      if value.isEmpty { throw Self.fault(text, "keep=TENANT,…") }
    case "busiest": self = .busiest(count: try Self.whole(value, 1...1_000_000, text))
    case "split": self = try Self.split(value, text)
    default: throw Self.fault(text, "a known step", hint: Self.hint(name))
    }
  }

  private static func hint(_ name: String) -> String? {
    var names: [String] = []
    for form in forms {
      let known = String(form.form.prefix { $0 != "=" })
      if !names.contains(known) { names.append(known) }
    }
    // The name is right and its value is missing.
    if names.contains(name) {
      let own = forms.map(\.form).filter { $0.hasPrefix(name + "=") }
      return "write it as " + own.joined(separator: " or ")
    }
    return NearestName.hint(for: name, in: names)
  }

  private static func fault(_ text: String, _ expected: String, hint: String? = nil) -> InputError {
    InputError(
      kind: .usage,
      Diagnostic(message: "expected \(expected) after '--do', found \"\(text)\"", hint: hint))
  }

  private static func slice(_ value: String, _ text: String) throws(InputError) -> TransformStep {
    guard let dots = value.firstRange(of: "..") else {
      throw fault(text, "slice=FROM..UNTIL in seconds")
    }
    let (from, until) = (String(value[..<dots.lowerBound]), String(value[dots.upperBound...]))
    let start = from.isEmpty ? 0 : try nanoseconds(from, text)
    let end = until.isEmpty ? Int64.max : try nanoseconds(until, text)
    guard start < end else { throw fault(text, "FROM before UNTIL") }
    return .slice(fromNS: start, untilNS: end)
  }

  private static func split(_ value: String, _ text: String) throws(InputError) -> TransformStep {
    let parts = value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("zipf", 3):
      return .splitByZipf(
        tenants: try whole(parts[1], 1...100_000, text),
        exponent: try number(parts[2], 0...10, text))
    case ("input_tokens", 2), ("output_tokens", 2):
      var bounds: [Int64] = []
      for part in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
        bounds.append(Int64(try whole(String(part), 1...1_000_000_000, text)))
      }
      guard zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw fault(text, "rising bounds")
      }
      return .splitBySize(isOutput: parts[0] == "output_tokens", bounds: bounds)
    case (_, 1):
      var weights: [Double] = []
      for part in value.split(separator: ",", omittingEmptySubsequences: false) {
        weights.append(try number(String(part), 0...1e9, text))
      }
      guard weights.count <= 100_000, weights.contains(where: { $0 > 0 }) else {
        throw fault(text, "a weight above 0")
      }
      return .splitByWeights(weights)
    default:
      throw fault(text, "split=W,W,…, zipf:N:EXPONENT, input_tokens:B,… or output_tokens:B,…")
    }
  }

  private static func number(
    _ value: String, _ bounds: ClosedRange<Double>, _ text: String
  ) throws(InputError) -> Double {
    let isDecimal = value.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
    guard isDecimal, let number = Double(value), bounds.contains(number) else {
      throw fault(text, "a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  private static func whole(
    _ value: String, _ bounds: ClosedRange<Int>, _ text: String
  ) throws(InputError) -> Int {
    guard let number = Int(value), bounds.contains(number) else {
      throw fault(text, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  private static func nanoseconds(_ value: String, _ text: String) throws(InputError) -> Int64 {
    Int64((try number(value, 0...9e9, text) * 1e9).rounded())
  }
}
