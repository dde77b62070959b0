import CommandLine
import Studies
import Tables

/// Which requests are to be explained.
struct ExplainChoice {
  private var named: [(tenant: String?, number: Int)] = []
  private var worst: Int?
  private var tenant: String?

  /// Reads the flags.
  init(_ arguments: inout ArgumentReader) {
    worst = arguments.integer("--worst", atLeast: 1, atMost: 10_000)
    tenant = arguments.string("--tenant")
    for text in arguments.strings("--request") {
      // A tenant's name may hold a colon; a number does not.
      let cut = text.lastIndex(of: ":")
      let digits = cut.map { text[text.index(after: $0)...] } ?? text[...]
      guard let number = Int(digits), number >= 1 else {
        arguments.fault(
          "expected N or TENANT:N after '--request', found \"\(Excerpt.word(text))\"",
          hint: "requests are numbered from 1 in the order of their arrival")
        continue
      }
      named.append((cut.map { String(text[..<$0]) }, number))
    }
    if named.isEmpty {
      worst = worst ?? 5
    } else if worst != nil {
      arguments.fault("'--request' and '--worst' exclude each other")
    }
    if tenant != nil, !named.isEmpty {
      arguments.fault(
        "'--tenant' applies to '--worst' only", hint: "'--request TENANT:N' names a tenant's own")
    }
  }

  /// The same with tenants by number.
  ///
  /// - Throws: `InputError` for names that no tenant has.
  func resolved(_ tenants: [String]) throws(InputError) -> Wanted {
    var wanted = Wanted(worst: worst, tenant: nil)
    if let tenant { wanted.tenant = try Self.find(tenant, tenants) }
    for one in named {
      var number: Int?
      if let name = one.tenant { number = try Self.find(name, tenants) }
      wanted.named.append((number, one.number))
    }
    return wanted
  }

  private static func find(_ name: String, _ tenants: [String]) throws(InputError) -> Int {
    if let found = tenants.firstIndex(of: name) { return found }
    throw InputError(
      Diagnostic(
        message: "unknown tenant '\(Excerpt.word(name))'",
        hint: NearestName.hint(for: name, in: tenants)))
  }

  /// Which requests are to be explained, tenants by number.
  struct Wanted {
    fileprivate var named: [(tenant: Int?, number: Int)] = []
    fileprivate var worst: Int?
    fileprivate var tenant: Int?

    fileprivate init(worst: Int?, tenant: Int?) {
      self.worst = worst
      self.tenant = tenant
    }

    /// Finds the requests in a run's, which are in the order of their arrival.
    ///
    /// - Throws: `InputError` for numbers that no request has, and for requests without an end.
    func targets(
      among requests: [LoggedRequest], _ tenants: [String]
    ) throws(InputError) -> [ExplainTarget] {
      var targets: [ExplainTarget] = []
      for one in named {
        let own = requests.indices.filter {
          one.tenant ?? requests[$0].tenant == requests[$0].tenant
        }
        let whose = one.tenant.map { "tenant '\(Excerpt.word(tenants[$0]))' has" } ?? "there are"
        guard one.number <= own.count else {
          throw InputError(
            Diagnostic(
              message: "there is no request \(one.number): \(whose) \(own.count) that are counted"))
        }
        let at = own[one.number - 1]
        guard requests[at].completionNS != nil else {
          throw InputError(
            Diagnostic(
              message: "request \(one.number) has no latency: it was dropped, or unfinished when "
                + "the run was over"))
        }
        targets.append(ExplainTarget(number: at + 1, request: requests[at]))
      }
      guard let worst else { return targets }
      func latency(_ at: Int) -> Int64 {
        requests[at].completionNS.map { $0 - requests[at].arrivalNS } ?? -1
      }
      let done = requests.indices.filter {
        requests[$0].completionNS != nil && tenant ?? requests[$0].tenant == requests[$0].tenant
      }
      let order = done.sorted { (-latency($0), $0) < (-latency($1), $1) }
      return order.prefix(worst).map { ExplainTarget(number: $0 + 1, request: requests[$0]) }
    }
  }
}

/// A request to be explained.
struct ExplainTarget {
  /// Its number among all counted ones, from 1, in the order of arrival.
  var number: Int
  var request: LoggedRequest
}
