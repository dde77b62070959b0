/// What a policy is called, what it does, and what can be set.
public struct PolicyDescriptor: Sendable {
  /// The name in experiments.
  public var name: String
  /// One sentence.
  public var summary: String
  /// Where the rule comes from.
  public var source: String
  /// What can be set.
  public var options: [PolicyOption]
  /// The rule in a few sentences, with its tie-breaks; empty where the summary says it all.
  public var rule: String
  /// What the rule does not look at, or what of the original is left out.
  public var ignores: String
  /// Whether it is compared where an experiment asks for no policies by name.
  public var isInDefaultSet: Bool
  /// Whether it needs a GPU with MIG profiles.
  public var needsMIG: Bool

  /// Creates a descriptor.
  public init(
    name: String, summary: String, source: String, options: [PolicyOption] = [],
    rule: String = "", ignores: String = "", isInDefaultSet: Bool = false, needsMIG: Bool = false
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.options = options
    self.rule = rule
    self.ignores = ignores
    self.isInDefaultSet = isInDefaultSet
    self.needsMIG = needsMIG
  }
}

/// One option of a policy.
public struct PolicyOption: Sendable {
  /// What values an option takes.
  public enum Kind: Sendable {
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case flag
    case choice([String])
    /// One number for all, or one per tenant name.
    case numberByTenant(ClosedRange<Double>)
    /// One word for all, or one per tenant name; which words there are hangs on the GPU.
    case wordByTenant
    /// Several integers: a list in a file, `4+8` on the command line.
    case integers(ClosedRange<Int>)
  }

  /// The key in experiments.
  public var name: String
  /// What it takes.
  public var kind: Kind
  /// The default, as shown.
  public var fallback: String
  /// One sentence with the source of the default.
  public var help: String

  /// Creates an option.
  public init(_ name: String, _ kind: Kind, fallback: String, help: String) {
    self.name = name
    self.kind = kind
    self.fallback = fallback
    self.help = help
  }
}

/// Option values, checked against a descriptor.
public struct PolicyOptions: Sendable, Equatable {
  /// A value.
  public enum Value: Sendable, Equatable {
    case number(Double)
    case flag(Bool)
    case word(String)
    /// One number per tenant name.
    case numbers([String: Double])
    /// One word per tenant name.
    case words([String: String])
    /// Several integers, as they were given.
    case integers([Int])
  }

  private var values: [String: Value] = [:]

  /// Creates options that are all at their defaults.
  public init() {}

  /// Sets an option.
  public mutating func set(_ name: String, _ value: Value) { values[name] = value }

  /// Whether the option was given.
  public func has(_ name: String) -> Bool { values[name] != nil }

  /// A number, where given.
  public func number(_ name: String) -> Double? {
    if case .number(let value) = values[name] { return value }
    return nil
  }

  /// An integer, or the default.
  public func integer(_ name: String, _ fallback: Int) -> Int {
    number(name).map { Int($0) } ?? fallback
  }

  /// A truth value, or the default.
  public func flag(_ name: String, _ fallback: Bool) -> Bool {
    if case .flag(let value) = values[name] { return value }
    return fallback
  }

  /// A word, or the default.
  public func word(_ name: String, _ fallback: String) -> String {
    if case .word(let value) = values[name] { return value }
    return fallback
  }

  /// Words by tenant name; one for all stands under the empty name.
  public func wordsByTenant(_ name: String) -> [String: String] {
    switch values[name] {
    case .word(let value): ["": value]
    case .words(let values): values
    default: [:]
    }
  }

  /// Several integers, or none where none were given.
  public func integers(_ name: String) -> [Int] {
    if case .integers(let values) = values[name] { return values }
    return []
  }

  /// Numbers by tenant name; one for all stands under the empty name.
  public func numbersByTenant(_ name: String) -> [String: Double] {
    switch values[name] {
    case .number(let value): ["": value]
    case .numbers(let values): values
    default: [:]
    }
  }
}
