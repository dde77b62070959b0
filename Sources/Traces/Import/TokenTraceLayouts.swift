import Tables

/// Azure LLM inference traces: a timestamp with up to nine decimals and two token counts.
///
/// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0.
struct AzureLLMLayout: TraceLayout {
  static let format = TraceFormat.azureLLM
  private var timestamps = TimestampScan()

  init(options: TraceOptions) {}

  mutating func parse(
    _ fields: TraceFields, _ row: inout TraceRow
  ) throws(InputError) -> Bool {
    let status = timestamps.scan(fields[0], &row.arrivalNS)
    guard status == .ok else {
      return try fields.badTime(
        status, 0, "TIMESTAMP", expected: "YYYY-MM-DD HH:MM:SS with at most 9 decimals")
    }
    guard try fields.size(1, "ContextTokens", &row.inputTokens) else { return false }
    return try fields.size(2, "GeneratedTokens", &row.outputTokens)
  }
}

/// Vidur's request traces: seconds from 0 as written by Python, and two token counts.
///
/// Published at https://github.com/microsoft/vidur under the MIT licence.
struct VidurLayout: TraceLayout {
  static let format = TraceFormat.vidur

  init(options: TraceOptions) {}

  mutating func parse(
    _ fields: TraceFields, _ row: inout TraceRow
  ) throws(InputError) -> Bool {
    let status = NumberScan.decimal(fields[0], shift: 9, &row.arrivalNS)
    guard status == .ok else {
      return try fields.badTime(status, 0, "arrived_at", expected: "a time in seconds")
    }
    guard try fields.size(1, "num_prefill_tokens", &row.inputTokens) else { return false }
    return try fields.size(2, "num_decode_tokens", &row.outputTokens)
  }
}

/// BurstGPT, all versions: columns by name, since version 3 inserts two after the first.
///
/// Published at https://github.com/HPMLL/BurstGPT under CC BY 4.0. No answer tokens mean a request
/// that failed; such rows are kept and counted.
struct BurstGPTLayout: TraceLayout {
  static let format = TraceFormat.burstGPT
  private var models = NameTable()

  init(options: TraceOptions) {}

  var tenantNames: [String] { models.names }

  mutating func parse(
    _ fields: TraceFields, _ row: inout TraceRow
  ) throws(InputError) -> Bool {
    let status = NumberScan.decimal(fields[0], shift: 9, &row.arrivalNS)
    guard status == .ok else {
      return try fields.badTime(status, 0, "Timestamp", expected: "a time in seconds")
    }
    var total: Int64 = 0
    guard try fields.size(2, "Request tokens", &row.inputTokens),
      try fields.size(3, "Response tokens", &row.outputTokens),
      try fields.size(4, "Total tokens", &total),
      try fields.tenant(fields[1], 1, in: &models, &row.tenant)
    else { return false }
    let (sum, overflows) = row.inputTokens.addingReportingOverflow(row.outputTokens)
    if overflows || sum != total { fields.log.warn(.totalMismatch) }
    if row.outputTokens == 0 { fields.log.warn(.failedRequests) }
    return true
  }
}

/// GenTD26: image generation requests; the tenant is the checkpoint, the size the prompt's length.
///
/// Published at https://github.com/alibaba/clusterdata (cluster-trace-v2026-GenAI).
struct GenTD26Layout: TraceLayout {
  static let format = TraceFormat.genTD26
  private static let statuses = ["SUCCEED", "FAILED", "PENDING", "PROCESSING"]
  private var timestamps = TimestampScan()
  private var checkpoints = NameTable()

  init(options: TraceOptions) {}

  var tenantNames: [String] { checkpoints.names }

  mutating func parse(
    _ fields: TraceFields, _ row: inout TraceRow
  ) throws(InputError) -> Bool {
    let status = timestamps.scan(fields[0], &row.arrivalNS)
    guard status == .ok else {
      return try fields.badTime(
        status, 0, "gmt_create", expected: "YYYY-MM-DD HH:MM:SS")
    }
    guard try isKnownStatus(fields) else { return false }
    row.inputTokens = -1
    row.outputTokens = -1
    row.tenant = -1
    if fields[5].isEmpty {
      fields.log.warn(.missingSize)
    } else {
      let status = NumberScan.whole(fields[5], &row.inputTokens)
      guard status == .ok else { return try fields.badSize(status, 5, "prompt_length") }
    }
    if fields[9].isEmpty { return true }
    return try fields.tenant(fields[9], 9, in: &checkpoints, &row.tenant)
  }

  private func isKnownStatus(_ fields: TraceFields) throws(InputError) -> Bool {
    let bytes = fields[2]
    if bytes.elementsEqual("SUCCEED".utf8) { return true }
    let text = String(decoding: bytes.prefix(40), as: UTF8.self)
    guard Self.statuses.contains(text), bytes.count <= 40 else {
      return try fields.leaveOut(
        .category, 2, "unknown status \(Excerpt.of(bytes)) in 'predict_status'",
        hint: NearestName.hint(for: text, in: Self.statuses))
    }
    if text == "FAILED" { fields.log.warn(.failedRequests) }
    return true
  }
}

/// Azure Functions 2021: end and duration in seconds; a request arrives at their difference.
///
/// Published at https://github.com/Azure/AzurePublicDataset under CC BY 4.0. The tenant is
/// `app/func`, since functions are unique only within an app.
struct AzureFunctions2021Layout: TraceLayout {
  static let format = TraceFormat.azureFunctions2021
  private var functions = NameTable()
  private var key: [UInt8] = []
  private let clampsNegativeTimes: Bool

  init(options: TraceOptions) { clampsNegativeTimes = options.clampsNegativeTimes }

  var tenantNames: [String] { functions.names }

  mutating func parse(
    _ fields: TraceFields, _ row: inout TraceRow
  ) throws(InputError) -> Bool {
    var end: Int64 = 0
    var duration: Int64 = 0
    var status = NumberScan.decimal(fields[2], shift: 9, &end)
    guard status == .ok else {
      return try fields.badTime(status, 2, "end_timestamp", expected: "a time in seconds")
    }
    status = NumberScan.decimal(fields[3], shift: 9, &duration)
    guard status == .ok else {
      return try fields.badTime(status, 3, "duration", expected: "a non-negative span in seconds")
    }
    row.arrivalNS = end - duration
    if row.arrivalNS < 0 {
      guard clampsNegativeTimes else {
        return try fields.leaveOut(
          .timeNegative, 2,
          "the request arrives \(SecondsText.of(-row.arrivalNS)) s before the trace's start",
          hint: "such arrivals can be moved to the start: --clamp")
      }
      row.arrivalNS = 0
      fields.log.warn(.clamped)
    }
    key.removeAll(keepingCapacity: true)
    key.append(contentsOf: fields[0])
    key.append(UInt8(ascii: "/"))
    key.append(contentsOf: fields[1])
    var number: Int32?
    key.withUnsafeBufferPointer { number = functions.number(of: $0) }
    guard let number else {
      for column in [0, 1] {
        let name = fields[column]
        if let offset = InvalidText.offset(in: name) {
          return try fields.invalidText(name, offset, column)
        }
      }
      return try fields.leaveOut(.category, 1, "more than \(NameTable.limit) different functions")
    }
    row.tenant = number
    return true
  }
}
