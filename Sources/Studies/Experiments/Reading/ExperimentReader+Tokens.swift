import Simulation
import Tables
import Workloads

/// How long the requests of a language model are: what the trace says, and the laws beside it.
extension ExperimentReader {
  /// The laws of prompts and answers that stand beside arrivals, and where.
  struct GivenLaws {
    var input: (law: TokenLaw, node: JSONNode)?
    var output: (law: TokenLaw, node: JSONNode)?
  }

  private static let inputKey = "input_tokens"
  private static let outputKey = "output_tokens"
  /// The longest prompt or answer that can be asked for.
  private static let mostTokens = 1_000_000_000
  private static let lawNames = [
    "fixed", "uniform", "lognormal", "exponential", "pareto", "mixture",
  ]

  /// Reads `input_tokens` and `output_tokens` beside arrivals.
  mutating func readLaws(_ fields: inout FieldReader) -> GivenLaws {
    var given = GivenLaws()
    for key in [Self.inputKey, Self.outputKey] {
      guard let node = fields.optional(key) else { continue }
      guard wantsTokens else {
        fields.fault(node, "'\(key)' applies to language models only")
        continue
      }
      guard let law = law(node, key, &fields) else { continue }
      if key == Self.inputKey { given.input = (law, node) } else { given.output = (law, node) }
    }
    return given
  }

  /// A length, the name of a published law, or an object with one key: the law's name.
  private mutating func law(
    _ node: JSONNode, _ key: String, _ fields: inout FieldReader
  ) -> TokenLaw? {
    if let length = node.integer, length >= 1, length <= Self.mostTokens {
      return .fixed(Int64(length))
    }
    let names = TokenSizes.Name.allCases.filter { $0 != .none }.map(\.rawValue)
    if case .string(let name) = node.value {
      if let laws = TokenSizes.Name(rawValue: name).flatMap(TokenSizes.Laws.init) {
        return key == Self.inputKey ? laws.input : laws.output
      }
      fields.fault(
        node, "no lengths are known as '\(Excerpt.word(name))'",
        hint: NearestName.hint(for: name, in: names))
      return nil
    }
    guard case .object(let members) = node.value, members.count == 1 else {
      fields.fault(
        node,
        "expected from 1 to \(Self.mostTokens) tokens, a name or an object of one law in "
          + "'\(key)', found \(node.found)",
        hint: "names: \(names.joined(separator: ", ")); laws: "
          + Self.lawNames.joined(separator: ", "))
      return nil
    }
    return law(members[0], key, &fields)
  }

  private mutating func law(
    _ member: JSONNode.Member, _ key: String, _ fields: inout FieldReader
  ) -> TokenLaw? {
    let before = faults.count
    if member.name == "fixed" {
      if let length = member.node.integer, length >= 1, length <= Self.mostTokens {
        return .fixed(Int64(length))
      }
      fields.fault(
        member.node,
        "expected from 1 to \(Self.mostTokens) tokens in 'fixed', found \(member.node.found)")
      return nil
    }
    guard Self.lawNames.contains(member.name) else {
      fields.fault(
        member.node, "no law of lengths is known as '\(Excerpt.word(member.name))'",
        hint: NearestName.hint(for: member.name, in: Self.lawNames))
      return nil
    }
    var inner = FieldReader(member.node, file: file, what: "'\(member.name)'")
    var law: TokenLaw?
    switch member.name {
    case "uniform":
      let (from, to) = (tokens("from", &inner), tokens("to", &inner))
      if from <= to {
        law = .uniform(from...to)
      } else if let node = inner.optional("to") {
        inner.fault(node, "expected a 'to' of at least 'from', found \(node.found)")
      }
    case "lognormal":
      law = .lognormal(
        logMean: inner.double(
          "log_mean", atLeast: -TokenLaw.mostLogMean, atMost: TokenLaw.mostLogMean),
        logDeviation: inner.double(
          "log_deviation", atLeast: 0, atMost: TokenLaw.mostLogDeviation),
        largest: tokens("largest", &inner))
    case "exponential":
      law = .exponential(
        mean: inner.double("mean", atLeast: 1e-3, atMost: Double(Self.mostTokens)),
        largest: tokens("largest", &inner))
    case "pareto":
      law = .pareto(
        shape: inner.double("shape", atLeast: 1e-3, atMost: 1e3),
        smallest: tokens("smallest", &inner), largest: tokens("largest", &inner))
    default:
      let share = inner.double("share", atLeast: 0, atMost: 1)
      let parts = ["first", "second"].compactMap { name -> TokenLaw? in
        inner.required(name).flatMap { self.law($0, key, &inner) }
      }
      if parts.count == 2 { law = .mixture(share: share, parts[0], parts[1]) }
    }
    faults += inner.finish()
    return faults.count == before ? law : nil
  }

  private func tokens(_ name: String, _ fields: inout FieldReader) -> Int64 {
    Int64(fields.integer(name, atLeast: 1, atMost: Self.mostTokens))
  }

  /// Where a language model's lengths come from; nil where something lacks them.
  ///
  /// - Parameter node: the value of the kind of arrivals, for faults.
  func settle(
    _ given: GivenLaws, for arrivals: ArrivalSpec, _ node: JSONNode, _ fields: inout FieldReader
  ) -> TokenSource? {
    var source = TokenSource(input: given.input?.law, output: given.output?.law)
    guard let recorded else {
      if case .process(.generator(let spec)) = arrivals,
        let sizes = GeneratorCatalog.entry(named: spec.name)?.sizes,
        let laws = TokenSizes.Laws(sizes)
      {
        source.input = source.input ?? laws.input
        source.output = source.output ?? laws.output
      }
      for (key, law) in [(Self.inputKey, source.input), (Self.outputKey, source.output)]
      where law == nil {
        fields.fault(
          node, "the requests of a language model need lengths: '\(key)' is missing",
          hint: "inside 'arrivals': \"\(key)\": 512, \"chat\" or {\"exponential\": "
            + "{\"mean\": 300, \"largest\": 4096}}")
      }
      return source
    }
    source.recorded = recorded
    let columns = [
      (Self.inputKey, \RequestTokens.input, given.input?.node),
      (Self.outputKey, \RequestTokens.output, given.output?.node),
    ]
    let count = recorded.requests.count
    for (key, length, law) in columns {
      let missing = recorded.requests.count { $0[keyPath: length] < 0 }
      let empty = recorded.requests.count { $0[keyPath: length] == 0 }
      if missing == 0, let law {
        fields.fault(law, "the trace says the length of every request: '\(key)' changes nothing")
      }
      if missing > 0, law == nil {
        fields.fault(
          node,
          "\(missing) of \(count) requests of the trace have no '\(key)', which a language model "
            + "needs",
          hint: "\"\(key)\": 512, \"chat\" or a law beside 'trace' is drawn for them")
      }
      if empty > 0 {
        fields.fault(
          node, "\(empty) of \(count) requests of the trace have 0 '\(key)'",
          hint: "\"tenant\": {\"\(key)_from\": 1} beside 'trace' leaves them out; without a file "
            + "--set 'tenants.NAME.arrivals.tenant={\"\(key)_from\": 1}'")
      }
    }
    return source
  }
}
