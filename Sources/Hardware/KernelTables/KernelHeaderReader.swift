import Tables

/// Reads the leading `# key: value` lines of a kernel table.
struct KernelHeaderReader {
  let csv: CSVTable
  var faults: [Diagnostic] = []
  private var missing: [String] = []

  init(csv: CSVTable) { self.csv = csv }

  mutating func read() -> KernelTable {
    faults = csv.keyFaults(known: KernelTable.headerKeys, in: "a kernel table")
    let format = value("format")
    if let format, format.value != KernelTable.format {
      fault(format, "expected the format '\(KernelTable.format)', found '\(format.value)'")
    }
    var table = KernelTable(
      model: text("model"), gpu: text("gpu"), stack: text("stack"),
      precision: word("precision", Precision.allCases.map(\.rawValue))
        .flatMap(Precision.init(rawValue:)) ?? .fp32,
      weightsMiB: number("weights_mib"), workspaceMiB: number("workspace_mib"),
      inputBytes: count("input_bytes"), outputBytes: count("output_bytes"),
      source: text("source"), provenance: word("provenance", KernelTable.provenances) ?? "",
      batches: [])
    table.conditions = readConditions()
    if !missing.isEmpty {
      let lines = missing.map { "'# \($0): …'" }.joined(separator: ", ")
      faults.append(
        Diagnostic(
          file: csv.file, line: csv.header.line,
          message:
            "a kernel table needs the line\(missing.count > 1 ? "s" : "") \(lines) before its header"
        ))
    }
    return table
  }

  /// The lines that may be there.
  private mutating func readConditions() -> TableConditions {
    var conditions = TableConditions()
    if csv.comment("clock_mhz") != nil { conditions.clockMHz = number("clock_mhz") }
    if csv.comment("sm_count") != nil { conditions.smCount = Int(count("sm_count")) }
    if csv.comment("dram_gb_per_s") != nil { conditions.dramGBPerS = number("dram_gb_per_s") }
    if csv.comment("assumed") != nil {
      conditions.assumed = text("assumed").split(separator: ";").map { part in
        String(part.drop { $0 == " " })
      }.filter { !$0.isEmpty }
    }
    return conditions
  }

  private mutating func fault(
    _ comment: CSVComment, at part: CSVComment.Part = .value, _ message: String,
    hint: String? = nil
  ) {
    faults.append(csv.fault(comment, at: part, message, hint: hint))
  }

  private mutating func value(_ key: String) -> CSVComment? {
    if let found = csv.comment(key) {
      if found.value.isEmpty {
        fault(found, "expected a value after '\(key)'")
        return nil
      }
      return found
    }
    missing.append(key)
    return nil
  }

  private mutating func text(_ key: String) -> String {
    value(key)?.value ?? ""
  }

  private mutating func word(_ key: String, _ known: [String]) -> String? {
    guard let found = value(key) else { return nil }
    if known.contains(found.value) { return found.value }
    fault(
      found, "unknown \(key) '\(Excerpt.word(found.value))'",
      hint: NearestName.hint(for: found.value, in: known))
    return nil
  }

  private mutating func number(_ key: String) -> Double {
    guard let found = value(key) else { return 0 }
    if let number = Double(found.value), number >= 0, number <= 1e9 { return number }
    fault(found, "expected a number from 0 to 1000000000 in '\(key)', found '\(found.value)'")
    return 0
  }

  private mutating func count(_ key: String) -> Int64 {
    guard let found = value(key) else { return 0 }
    if let number = Int64(found.value), number >= 0, number <= 1 << 53 { return number }
    fault(found, "expected a non-negative integer in '\(key)', found '\(found.value)'")
    return 0
  }
}
