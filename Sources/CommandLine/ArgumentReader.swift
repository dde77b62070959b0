import Tables

/// Reads one command's arguments, collecting faults; what nobody asked for is a fault too.
///
/// ```swift
/// let gpu = arguments.string("--gpu")
/// let rate = arguments.double("--poisson-rps", atLeast: 0)
/// let file = arguments.positional("FILE")
/// try arguments.finish()
/// ```
package struct ArgumentReader {
  /// The faults found so far.
  package private(set) var faults: [Diagnostic] = []
  /// How many of them are words that name nothing: bad data rather than bad usage.
  private var unknownNames = 0

  private let flags: [FlagSpec]
  private var given: [(name: String, value: String)] = []
  private var asked: Set<String> = []
  private var positionals: [String] = []
  private var readPositionals = 0
  /// With an unknown flag it is unknown too which words are values: positionals are not judged.
  private var hasUnknownFlag = false

  /// Sorts the words after the command into flags and positionals.
  package init(_ words: [String], flags: [FlagSpec]) {
    self.flags = flags
    var at = 0
    while at < words.count {
      let word = words[at]
      at += 1
      if word == "--" {
        positionals += words[at...]
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        positionals.append(word)
        continue
      }
      at += take(flag: word, next: at < words.count ? words[at] : nil)
    }
  }

  /// Notes a flag and its value; how many further words it used.
  private mutating func take(flag word: String, next: String?) -> Int {
    let cut = word.firstIndex(of: "=")
    let typed = cut.map { String(word[..<$0]) } ?? word
    let name = typed == "-h" ? "--help" : typed
    guard let spec = flags.first(where: { $0.name == name }) else {
      fault(
        "unknown flag '\(Excerpt.word(typed))'",
        hint: NearestName.hint(for: typed, in: flags.map(\.name)))
      hasUnknownFlag = true
      return 0
    }
    if !spec.isRepeatable, given.contains(where: { $0.name == name }) {
      fault("the flag '\(name)' is given twice")
    }
    guard let placeholder = spec.value else {
      if cut != nil {
        fault("the flag '\(name)' takes no value")
        asked.insert(name)
      }
      given.append((name, ""))
      return 0
    }
    let attached = cut.map { String(word[word.index(after: $0)...]) }
    // A word that looks like a flag is a value only after "=", so that none is swallowed.
    let separate = next?.hasPrefix("--") == true ? nil : next
    guard let value = attached ?? separate, !value.isEmpty else {
      fault("the flag '\(name)' needs a value: \(name) \(placeholder)")
      asked.insert(name)
      return attached == nil && separate != nil ? 1 : 0
    }
    // It may become a name in a file, and no file with such a name is read.
    if let objection = InvalidText.objection(toName: value) {
      fault("the flag '\(name)': \(objection)")
    }
    given.append((name, value))
    return attached == nil ? 1 : 0
  }

  /// Adds a fault of the command line.
  package mutating func fault(_ message: String, hint: String? = nil) {
    faults.append(Diagnostic(message: message, hint: hint))
  }

  /// Whether the flag was given; asking does not count as reading it.
  package func has(_ name: String) -> Bool { given.contains { $0.name == name } }

  /// Whether a flag without a value was given.
  package mutating func bool(_ name: String) -> Bool { !strings(name).isEmpty }

  /// A flag's value, where given.
  package mutating func string(_ name: String) -> String? { strings(name).last }

  /// The values of a repeatable flag, in the order given.
  package mutating func strings(_ name: String) -> [String] {
    precondition(flags.contains { $0.name == name }, "the flag \(name) is not declared")
    asked.insert(name)
    return given.filter { $0.name == name }.map(\.value)
  }

  /// A flag's value as an integer within bounds; a fault where it is none.
  package mutating func integer(_ name: String, atLeast low: Int = 0, atMost high: Int = 1 << 53)
    -> Int?
  {
    integers(name, atLeast: low, atMost: high).last
  }

  /// The values of a repeatable flag, or of a list with commas, as integers within bounds.
  package mutating func integers(
    _ name: String, atLeast low: Int = 0, atMost high: Int = 1 << 53
  ) -> [Int] {
    let isList = flags.contains { $0.name == name && $0.isRepeatable }
    var numbers: [Int] = []
    for text in strings(name) {
      let parts =
        isList ? text.split(separator: ",", omittingEmptySubsequences: false) : [Substring(text)]
      for part in parts {
        if let number = Int(part), number >= low, number <= high {
          numbers.append(number)
        } else {
          let bounds = Self.bounds(Double(low), high == 1 << 53 ? .infinity : Double(high))
          fault("expected an integer\(bounds) after '\(name)', found \"\(part)\"")
        }
      }
    }
    return numbers
  }

  /// A flag's value as a finite number within bounds; a fault where it is none.
  package mutating func double(
    _ name: String, atLeast low: Double = -.infinity, atMost high: Double = .infinity
  ) -> Double? {
    guard let text = string(name) else { return nil }
    // Double reads "inf", "nan" and "0x1p3" too: only decimal digits are meant here.
    let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
    if isDecimal, let number = Double(text), number.isFinite, number >= low, number <= high {
      return number
    }
    fault("expected a number\(Self.bounds(low, high)) after '\(name)', found \"\(text)\"")
    return nil
  }

  /// A flag's value as one of the given words; a fault with the nearest where it is none.
  package mutating func choice(_ name: String, of words: [String]) -> String? {
    guard let text = string(name) else { return nil }
    return choice(text, of: words, place: "after '\(name)'")
  }

  /// The next positional argument as one of the given words; a fault with the nearest where it is
  /// none. `what` names it: "SHELL".
  package mutating func positionalChoice(_ what: String, of words: [String]) -> String? {
    let text = positional(what)
    return text.isEmpty ? nil : choice(text, of: words, place: "for \(what)")
  }

  private mutating func choice(_ text: String, of words: [String], place: String) -> String? {
    if words.contains(text) { return text }
    let folded = text.lowercased()
    if let own = words.first(where: { $0.lowercased() == folded }) { return own }
    let list = words.joined(separator: ", ")
    let near = NearestName.of(text, in: words).map { "did you mean '\($0)'?" }
    fault("expected one of \(list) \(place), found \"\(Excerpt.word(text))\"", hint: near)
    unknownNames += 1
    return nil
  }

  /// The next positional argument; a fault where there is none. `what` names it: "FILE".
  package mutating func positional(_ what: String) -> String {
    if let word = optionalPositional() { return word }
    if !hasUnknownFlag { fault("expected \(what), found nothing") }
    return ""
  }

  /// The next positional argument, where there is one.
  package mutating func optionalPositional() -> String? {
    guard readPositionals < positionals.count else { return nil }
    readPositionals += 1
    let word = positionals[readPositionals - 1]
    if word.isEmpty { fault("expected a name or a path, found an empty argument") }
    return word
  }

  /// All positional arguments that are left.
  package mutating func remainingPositionals() -> [String] {
    var words: [String] = []
    while let word = optionalPositional() { words.append(word) }
    return words
  }

  /// Ends the reading. With the last word read, it is known too where results are to go: what cannot
  /// be written there is told before any work is done.
  ///
  /// - Throws: `InputError` with every fault, what nobody asked for among them: of kind `usage`, or
  ///   `badData` where all are names that nothing has; as `OutputPlace.check` for flags that name
  ///   outputs.
  package mutating func finish() throws {
    if !hasUnknownFlag {
      for word in positionals[readPositionals...] {
        fault("unexpected argument '\(Excerpt.word(word))'")
      }
    }
    readPositionals = positionals.count
    for flag in given where !asked.contains(flag.name) {
      fault("the flag '\(flag.name)' does not apply here")
      asked.insert(flag.name)
    }
    if !faults.isEmpty {
      let areNames = faults.count == unknownNames
      throw InputError(kind: areNames ? .badData : .usage, diagnostics: faults)
    }
    for flag in given {
      let spec = flags.first { $0.name == flag.name }
      try spec?.output?.check(flag.value)
    }
  }

  private static func bounds(_ low: Double, _ high: Double) -> String {
    func show(_ x: Double) -> String { x == x.rounded() && abs(x) < 1e15 ? "\(Int(x))" : "\(x)" }
    switch (low.isFinite, high.isFinite) {
    case (true, true): return " from \(show(low)) to \(show(high))"
    case (true, false): return " of at least \(show(low))"
    case (false, true): return " of at most \(show(high))"
    case (false, false): return ""
    }
  }
}
