import Hardware
import KernelData
import Simulation
import Tables
import Workloads

extension ExperimentReader {
  /// The most replicas of one tenant: beyond any GPU's memory, within any machine's.
  static let mostReplicas = 4_096

  /// One tenant and its arrivals in words; the tenant is nil where something is wrong with it.
  mutating func readTenant(
    _ node: JSONNode, earlier names: inout [String]
  ) -> (tenant: TenantSpec?, arrivals: String) {
    let before = faults.count
    var fields = FieldReader(node, file: file, what: "a tenant")
    let name = readName(&fields, earlier: &names)
    var model = word("model", &fields)
    // Reports and manifests call a model as the catalogue does.
    wantsTokens = model.map { library.isLanguageModel($0.text) } ?? false
    if let word = model?.text {
      model?.text =
        wantsTokens
        ? ModelLibrary.spelled(word, in: library.languageModelNames) ?? word
        : library.spelledModel(word)
    }
    let replicas = fields.integer("replicas", default: 1, atLeast: 1, atMost: Self.mostReplicas)
    let priority = fields.integer("priority", default: 0, atLeast: -1_000, atMost: 1_000)
    var sloNS: Int64?
    if fields.has("slo_ms") {
      // From a nanosecond to an hour.
      let slo = fields.double("slo_ms", default: 1, atLeast: 1e-6, atMost: 3.6e6)
      sloNS = Int64((slo * 1e6).rounded())
    }
    let serving = readServing(&fields)
    let arrivalsNode = fields.optional("arrivals")
    var arrivals: (spec: ArrivalSpec, text: String, tokens: TokenSource?)?
    if let node = fields.required("arrivals") { arrivals = readArrivals(node) }
    faults += fields.finish()
    var language: LanguageTenant?
    var graph: TaskGraph?
    var table: KernelTable?
    if let model, wantsTokens {
      language = readLanguage(model.text, model.place, serving)
      table = gpu.flatMap { language?.table(gpu: $0) }
    } else if let model, ModelLibrary.isPath(model.text),
      TaskGraph.isOne(model.place.resolve(model.text))
    {
      graph = readGraph(model.text, model.place)
      table = gpu.flatMap { graph?.table(on: $0) }
    } else if let model {
      table = readTable(model.text, model.place)
    }
    guard faults.count == before, let model, let table, let arrivals else {
      return (nil, "")
    }
    var tenant = TenantSpec(
      name: name, model: model.text, table: table, replicas: replicas, sloNS: sloNS,
      priority: priority, arrivals: arrivals.spec, tokens: arrivals.tokens)
    tenant.language = language
    tenant.graph = graph
    judgeLanguage(tenant, serving, arrivals: arrivalsNode)
    return (faults.count == before ? tenant : nil, arrivals.text)
  }

  private func readName(_ fields: inout FieldReader, earlier names: inout [String]) -> String {
    guard let (name, _) = word("name", &fields) else { return "" }
    let node = fields.optional("name")
    if name == "*", let node {
      fields.fault(node, "a tenant cannot be named '*', which stands for the whole device")
    }
    if names.contains(name), let node {
      fields.fault(node, "the tenant '\(Excerpt.word(name))' is given twice")
    }
    names.append(name)
    return name
  }

  private mutating func readGraph(_ model: String, _ place: NamePlace) -> TaskGraph? {
    note(input("tasks", model, folder: "", place))
    return attempt(at: place) { () throws(InputError) in
      try TaskGraph.read(place.resolve(model))
    }
  }

  private mutating func readTable(_ model: String, _ place: NamePlace) -> KernelTable? {
    guard let gpu else { return nil }
    if let known = tables[model] { return known }
    guard
      let found = attempt(
        at: place,
        { [library] () throws(InputError) in
          try library.table(model, on: gpu, besides: library.languageModelNames, at: place)
        })
    else { return nil }
    let table = found.table
    noteOrigin(of: found, model, gpu, place)
    let isMeasured = table.batches.contains { $0.launches.contains { $0.durationNS != nil } }
    if table.gpu != gpu.name, !gpu.alsoKnownAs.contains(table.gpu), isMeasured {
      faults.append(
        Diagnostic(
          file: place.file, line: place.line, column: place.column,
          message: "the table '\(model)' holds durations of the GPU '\(table.gpu)', "
            + "not of '\(gpu.name)'",
          hint: "leave its 'duration_ns' empty to have them predicted, or run on '\(table.gpu)'"))
      return nil
    }
    noteStreams(table, model, place)
    // What is lowered is lowered for the GPU in use.
    if found.stack == nil { tableGPUs[model] = try? library.gpu(table.gpu) }
    tables[model] = table
    return table
  }

  /// A table says which stream a launch was on, not what it waited for there: rows run in order.
  private mutating func noteStreams(_ table: KernelTable, _ model: String, _ place: NamePlace) {
    let most = table.batches.map { Set($0.launches.map(\.stream)).count }.max() ?? 1
    guard most > 1 else { return }
    let note = Diagnostic(
      file: place.file, line: place.line, column: place.column, severity: .warning,
      message: "the table '\(model)' has launches on \(most) streams; "
        + "they run one after the other, in the order of its rows")
    if !notes.contains(note) { notes.append(note) }
  }
}
