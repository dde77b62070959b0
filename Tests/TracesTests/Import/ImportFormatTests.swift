import Tables
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

@Suite struct ImportFormatTests {
  @Test(arguments: ImportSample.all)
  func `Each format is told by its content and read whole`(_ sample: ImportSample) throws {
    let result = try ImportResult(sample.text, options: sample.options)
    let summary = result.trace.summary
    #expect(summary.format == sample.format)
    #expect(summary.requests == sample.requests)
    #expect(summary.recordsRead == sample.records)
    #expect(summary.recordsUsed == sample.records)
    #expect(summary.spanNS == sample.spanNS)
    #expect(Int64(result.rows.count) == sample.requests)
    #expect(result.times == result.times.sorted())
  }

  @Test(arguments: ImportSample.all, [1, 2, 3, 7, 64])
  func `Where the bytes are cut into chunks does not matter`(
    _ sample: ImportSample, _ chunk: Int
  ) throws {
    let whole = try ImportResult(sample.text, options: sample.options)
    let pieces = try ImportResult(sample.text, chunk: chunk, options: sample.options)
    #expect(pieces.rows == whole.rows)
    #expect(pieces.trace.summary == whole.trace.summary)
  }

  @Test(arguments: ImportSample.all)
  func `Line ends and a byte order mark do not matter`(_ sample: ImportSample) throws {
    let plain = sample.text.replacing("\r\n", with: "\n")
    let whole = try ImportResult(plain, options: sample.options)
    let windows = plain.replacing("\n", with: "\r\n")
    for text in [windows, "\u{FEFF}" + plain, "\u{FEFF}" + windows] {
      let other = try ImportResult(text, options: sample.options)
      #expect(other.rows == whole.rows)
      #expect(other.trace.summary.format == sample.format)
    }
  }

  @Test(arguments: ImportSample.all, [.max, 5])
  func `A packed file is read as what it holds`(_ sample: ImportSample, _ chunk: Int) throws {
    let whole = try ImportResult(sample.text, options: sample.options)
    let packed = GzipFile.stored(Array(sample.text.utf8), blockSize: 100)
    let input = TraceInput.bytes(packed, name: "trace.txt", chunk: chunk)
    let trace = try TraceImport.open(input, options: sample.options)
    #expect(trace.summary == whole.trace.summary)
    var rows: [TraceRow] = []
    try trace.forEachRow { row throws(InputError) in rows.append(row) }
    #expect(rows == whole.rows)
  }

  /// All that a further table needs: its name and what its columns mean.
  @Test func `A format is added by describing it`() throws {
    let mine = TraceFormat(
      "mine-csv",
      columns: [
        .required("when_ms", aliases: ["time_ms"], .time(.milliseconds)),
        .required("took_s", .duration), .optional("user", .tenant), .optional("team", .tenant),
        .optional("prompt", .inputTokens), .required("note"),
      ])
    let text = "note,time_ms,team,took_s,user,prompt\n,2000,red,0.5,ann,480.0\n,4000.0,,0.25,bob,\n"
    let input = TraceInput.bytes(Array(text.utf8), name: "mine.csv")
    #expect(throws: InputError.self) { try TraceImport.detect(input) }
    #expect(try TraceImport.detect(input, formats: TraceFormat.allCases + [mine]) == mine)
    let trace = try TraceImport.open(input, format: mine)
    var rows: [TraceRow] = []
    try trace.forEachRow { row throws(InputError) in rows.append(row) }
    #expect(rows.map(\.arrivalNS) == [1_500_000_000, 3_750_000_000])
    #expect(rows.map(\.inputTokens) == [480, -1])
    #expect(trace.tenantNames == ["ann/red", "bob/"])
    let faults = ImportResult.faults("when_ms,took_s,notes\n", format: mine)
    #expect(faults.contains("is 'notes' meant to be it?"))
  }

  @Test(arguments: ImportSample.all)
  func `A missing final line feed loses nothing`(_ sample: ImportSample) throws {
    var bare = sample.text
    while bare.last?.isNewline == true { bare.removeLast() }
    let result = try ImportResult(bare, options: sample.options)
    let terminated = try ImportResult(bare + "\n", options: sample.options)
    #expect(result.rows == terminated.rows)
    #expect(Int64(result.rows.count) == sample.requests)
  }

  @Test func `Azure times keep their seventh decimal across midnight and a leap day`() throws {
    let result = try ImportResult(ImportSample.of(.azureLLM).text)
    #expect(result.times == [0, 200, 1_250_000_100, 3_000_000_100])
    #expect(result.rows.map(\.inputTokens) == [310, 77, 1904, 6])
    #expect(result.rows.last?.outputTokens == 901)
  }

  @Test func `A zone moves a time to UTC`() throws {
    let header = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    let result = try ImportResult(
      header + "2024-05-12 00:00:00+00:00,1,1\n2024-05-12T00:30:00.5Z,1,1\n"
        + "2024-05-12 02:00:00.123456789+01:00,1,1\n")
    #expect(result.times == [0, 1_800_500_000_000, 3_600_123_456_789])
  }

  @Test func `Gaps are summed without a rounding error`() throws {
    let result = try ImportResult(
      "[" + Array(repeating: "0.1", count: 1000).joined(separator: ",") + "]")
    #expect(result.times.last == 100_000_000_000)
  }

  @Test func `Vidur's float noise is rounded to the decimal that was meant`() throws {
    #expect(
      try ImportResult(ImportSample.of(.vidur).text).times == [0, 123_456_789, 5_892_655_000])
  }

  @Test func `The same trace in two formats gives the same rows`() throws {
    let azure = try ImportResult(
      "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n"
        + "2023-11-16 18:15:50.9951690,396,109\r\n2023-11-16 18:15:51.2224670,879,55")
    let vidur = try ImportResult(
      "arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,374,44\n"
        + "4.3145789999999997,396,109\n4.541877,879,55\n")
    #expect(azure.rows == vidur.rows)
  }

  @Test func `A function's invocation arrives when it starts, whatever the order of ends`() throws {
    let result = try ImportResult(ImportSample.of(.azureFunctions2021).text)
    #expect(result.times == [250_000_000, 10_250_000_000, 10_625_000_000])
    #expect(result.trace.tenantNames == ["a1/f1", "a1/f2", "b2/f1"])
    #expect(result.rows.map(\.tenant) == [1, 0, 2])
    #expect(result.rows.map(\.sourceRow) == [2, 1, 3])
    #expect(result.trace.summary.warning(.unsorted)?.count == 1)
  }

  @Test func `BurstGPT is read by name, so the columns of version 3 change nothing`() throws {
    let old = try ImportResult(ImportSample.of(.burstGPT).text)
    let new = try ImportResult(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,"
        + "Log Type\n5,s1,0.5,ChatGPT,472,18,490,Conversation log\n"
        + "5,s1,0.5,ChatGPT,472,18,490,Conversation log\n45,s2,3,GPT-4,1087,0,1087,API log\n")
    #expect(new.rows.map(\.session) == [0, 0, 1])
    #expect(new.times == old.times && new.rows.map(\.tenant) == old.rows.map(\.tenant))
    #expect(new.trace.tenantNames == ["ChatGPT", "GPT-4"])
    // Whole seconds, but a single gap shows no tick.
    #expect(new.warnings == [.ties, .duplicateRow, .zeroSize, .failedRequests, .sessions])
  }

  @Test func `DISB merges its tasks by time and then by their order`() throws {
    let result = try ImportResult(ImportSample.of(.disb).text)
    #expect(result.trace.tenantNames == ["one", "two"])
    #expect(result.rows.map(\.tenant) == [0, 0, 1, 1, 0, 1])
    #expect(result.trace.summary.warning(.noArrivals)?.message.hasSuffix(": idle") == true)
  }

  @Test func `Rates held over steps round to the total`() throws {
    var options = TraceOptions()
    options.rateScale = 0.01
    let text = (0..<100).map { "\($0 * 10) 3" }.joined(separator: "\n")
    // 3 units of 0.01/s over 10 s are 0.3 requests a step, 30 in all.
    let result = try ImportResult(text, options: options)
    #expect((29...30).contains(result.rows.count))
    #expect(result.trace.summary.format == .rateSteps)
  }

  @Test func `GenTD26 keeps rows without sizes and names them`() throws {
    let result = try ImportResult(ImportSample.of(.genTD26).text)
    #expect(result.rows.map(\.inputTokens) == [120, -1, 88])
    #expect(result.trace.tenantNames == ["m7", "m9"])
    #expect(result.trace.summary.warning(.missingSize)?.count == 1)
    #expect(result.trace.summary.warning(.failedRequests)?.count == 1)
  }

  @Test func `The own table carries where it comes from`() throws {
    let result = try ImportResult(ImportSample.of(.own).text)
    #expect(
      result.trace.summary.provenance == [
        TraceProvenance(key: "origin", value: "made by hand"),
        TraceProvenance(key: "seed", value: "7"),
      ])
    #expect(result.rows.map(\.tenant) == [0, 1, 0, -1])
    #expect(result.rows.map(\.inputTokens) == [12, -1, 900, 5])
  }

  @Test func `Days follow each other, and a function may be absent on one`() throws {
    let days = [
      ImportSample.minuteFile(["2,0,1", "0,4,0"]), ImportSample.minuteFile(["0,5"]),
      ImportSample.minuteFile(["1", "0", "3"]),
    ]
    let inputs = days.enumerated().map {
      TraceInput.bytes(Array($1.utf8), name: "d\($0 + 1).csv")
    }
    let trace = try TraceImport.open(.days(inputs))
    #expect(trace.summary.recordsRead == 6)
    #expect(trace.summary.spanNS == 3 * 86_400_000_000_000)
    // From the third day's second minute to its end.
    #expect(trace.summary.maximumGapNS == 1439 * 60_000_000_000)
    #expect(trace.tenantNames == ["o/a/f0", "o/a/f1", "o/a/f2"])
    var counts: [String: Int] = [:]
    try trace.forEachRow { row throws(InputError) in
      counts["\(row.tenant)@\(row.arrivalNS / 60_000_000_000)", default: 0] += 1
    }
    #expect(
      counts == ["0@0": 2, "0@2": 1, "1@1": 4, "0@1441": 5, "0@2880": 1, "2@2880": 3])
    let broken =
      inputs + [TraceInput.bytes(Array(days[0].replacing("f0", with: "f1").utf8), name: "d4.csv")]
    #expect { try TraceImport.open(.days(broken)) } throws: { "\($0)".hasPrefix("d4.csv:3:1:") }
    let azure = TraceInput.bytes(Array(ImportSample.of(.azureLLM).text.utf8), name: "a")
    #expect(throws: InputError.self) { try TraceImport.open(.days([azure, azure])) }
  }

  @Test func `The start can be the file's own or the first arrival`() throws {
    var options = TraceOptions()
    options.startsAtFirstArrival = false
    let burst = try ImportResult(ImportSample.of(.burstGPT).text, options: options)
    #expect(burst.times == [5, 5, 45].map { $0 * 1_000_000_000 })
    options.startsAtFirstArrival = true
    options.placement = .start
    let counts = try ImportResult("0 0 2 1", options: options)
    #expect(counts.times == [0, 0, 1_000_000_000])
    #expect(counts.trace.summary.startNS == 2_000_000_000)
    #expect(counts.trace.summary.spanNS == 2_000_000_000)
    options.startsAtFirstArrival = false
    options.acceptsAnyUnit = true
    let early = try ImportResult(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n1969-12-31 23:59:58,1,1\n1970-01-01 00:00:01,1,1\n",
      options: options)
    #expect(early.times == [0, 3_000_000_000])
  }
}
