import Tables
import Testing

@testable import Traces

/// Numbers that could be something else: what each shape of file may be, and that each is told.
@Suite struct TraceDoubtTests {
  /// A file of whole numbers in a shape, and what each reading makes of it.
  struct Case: Sendable, CustomTestStringConvertible {
    var shape: BareNumbers.Shape
    var text: String
    var testDescription: String { text }
  }

  static let whole = [
    Case(shape: .list, text: "[4, 2, 7, 3]"), Case(shape: .column, text: "4\n2\n7\n3\n"),
    Case(shape: .line, text: "4 2 7 3\n"),
  ]

  /// What the four numbers are under a reading, in nanoseconds; nil for counts.
  private func expected(_ reading: NumberReading) -> [Int64]? {
    switch reading.format {
    case .interArrival: [4, 6, 13, 16].map { $0 * 1_000_000_000 }
    case .perfAnalyzer: [4, 6, 13, 16].map { $0 * 1_000 }
    case .gaps: [4, 6, 13, 16].map { $0 * 1_000_000 }
    case .times: [2, 3, 4, 7].map { $0 * 1_000_000 }
    default: nil
    }
  }

  /// For each pair of a shape and what it may be: the file names the other reading where it is
  /// refused or read with a warning, and the flags it names read it.
  @Test(arguments: whole)
  func `Each shape names all it may be, and each name reads it`(_ file: Case) throws {
    let told: String
    var read: TraceFormat?
    do {
      let result = try ImportResult(file.text)
      read = result.trace.summary.format
      told = try #require(result.trace.summary.warning(.assumed)).message
    } catch {
      told = "\(error)"
      #expect(told.contains("E_AMBIGUOUS"))
    }
    let readings = NumberReading.all.filter { $0.shapes.contains(file.shape) }
    #expect(readings.count >= 4)
    for reading in readings where reading.format != read {
      #expect(told.contains(reading.flags), "\(reading.what) is not in: \(told)")
      var options = TraceOptions()
      if reading.needsUnit { options.unit = .milliseconds }
      let result = try ImportResult(file.text, format: reading.format, options: options)
      #expect(result.trace.summary.warning(.assumed) == nil)
      if let times = expected(reading) {
        #expect(result.times == times, "\(reading.what)")
      } else {
        #expect(result.rows.count == 16)
      }
    }
  }

  @Test func `A line of counts is read with the doubt, and without it where it is named`() throws {
    let result = try ImportResult("3 0 0 12 1 0\n")
    #expect(result.trace.summary.format == .ratePerSecond && result.rows.count == 16)
    #expect(result.warnings.contains(.assumed))
    let named = try ImportResult("3 0 0 12 1 0\n", format: .ratePerSecond)
    #expect(!named.warnings.contains(.assumed) && named.rows == result.rows)
  }

  @Test(arguments: [
    ("120000\n80000\n400000\n", "a column of whole numbers"), ("[28, 14, 9]", "a list of whole"),
    ("0 120 200 300 450\n", "a line of whole numbers"),
    ("120000 80000 400000 95000\n", "a line of whole"), ("0.12\n0.08\n", "a column of numbers"),
    ("1.2e-01\n8.0e-02\n", "gaps or times"), ("[0.1, 0.5, 0.9, 1.7]", "a list of numbers"),
    ("0.5 0.25 1.5\n", "a line of numbers may be gaps or times"),
  ])
  func `What bytes do not tell is refused with all ways on`(text: String, sentence: String) {
    let faults = ImportResult.faults(text)
    #expect(faults.contains(sentence) && faults.contains("E_AMBIGUOUS"), "\(faults)")
    #expect(faults.contains("--as times-txt --unit UNIT"), "\(faults)")
  }

  @Test(arguments: TimeUnit.allCases)
  func `A unit that is said is used`(_ unit: TimeUnit) throws {
    var options = TraceOptions()
    options.unit = unit
    let vidur = "arrived_at,num_prefill_tokens,num_decode_tokens\n0,1,1\n1.5,1,1\n"
    #expect(
      try ImportResult(vidur, options: options).times == [0, (unit.nanoseconds * 3 + 1) / 2])
    let mooncake =
      #"{"timestamp": 2, "input_length": 1, "output_length": 9}"# + "\n"
      + #"{"timestamp": 4, "input_length": 1, "output_length": 9}"#
    #expect(
      try ImportResult(mooncake, options: options).times
        == [2 * unit.nanoseconds, 4 * unit.nanoseconds])
    for format in [TraceFormat.gaps, .interArrival] {
      #expect(
        try ImportResult("[2, 3]", format: format, options: options).times
          == [2 * unit.nanoseconds, 5 * unit.nanoseconds])
    }
  }

  @Test func `Numbers that need a unit ask for it`() {
    for format in [TraceFormat.gaps, .times] {
      let faults = ImportResult.faults("1 2", format: format)
      #expect(faults.contains("--unit ms") && faults.contains("E_UNIT"), "\(faults)")
    }
  }

  @Test func `A unit that looks wrong is told with the way on`() throws {
    let row = { (time: String) in
      "{\"timestamp\": \(time), \"input_length\": 1, \"output_length\": 9}\n"
    }
    // Seconds, read as milliseconds: a request in each.
    let fast = try ImportResult((0..<20).map { row("\($0)") }.joined())
    #expect(fast.trace.summary.warning(.assumed)?.message.contains("say --unit s") == true)
    let slow = "arrived_at,num_prefill_tokens,num_decode_tokens\n0,1,1\n99000,1,1\n200000,1,1\n"
    #expect(
      try ImportResult(slow).trace.summary.warning(.assumed)?.message.contains("--unit ms") == true)
    let fraction = ImportResult.faults(row("0.5") + row("1.25"))
    #expect(fraction.contains("say --unit s") && fraction.split(separator: "error").count == 2)
    let epoch = ImportResult.faults(row("1759522419") + row("1759522421"))
    #expect(epoch.contains("seconds since 1970") && epoch.contains("--unit s"))
    let micro = ImportResult.faults(row("1761001120847212"))
    #expect(micro.contains("perhaps microseconds since 1970: --unit us (E_UNIT)"), "\(micro)")
  }

  @Test func `Times since 1970 begin with the first arrival, and say so`() throws {
    for text in [
      "arrived_at,num_prefill_tokens,num_decode_tokens\n1759522419.5,1,1\n1759522421,1,1\n",
      "arrival_ns\n1759522419500000000\n1759522421000000000\n",
      #"{"timestamp": 1759522419500, "input_length": 1}"# + "\n"
        + #"{"timestamp": 1759522421000, "input_length": 1}"#,
      "arrived_at,num_prefill_tokens,num_decode_tokens\n2025-10-03T20:13:39.5Z,1,1\n"
        + "2025-10-03T20:13:41Z,1,1\n",
    ] {
      let result = try ImportResult(text)
      #expect(result.times == [0, 1_500_000_000], "\(text)")
      #expect(result.warnings.contains(.epoch))
    }
    let dates = try ImportResult(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n1759522419500,1,1\n1759522421000,1,1\n")
    #expect(dates.times == [0, 1_500_000_000])
  }

  @Test func `Arrivals are spread over a tick where that is asked for`() throws {
    let text = "arrival_ns\n" + (0..<300).map { "\($0 / 3 * 1_000_000_000)\n" }.joined()
    var options = TraceOptions()
    options.dequantiseNS = 1_000_000_000
    let result = try ImportResult(text, options: options)
    #expect(result.times == result.times.sorted() && Set(result.times).count == 300)
    for second in 0..<100 as Range<Int64> {
      #expect(result.times.count { $0 / 1_000_000_000 == second } == 3)
    }
    #expect(!result.warnings.contains(.ties) && !result.warnings.contains(.quantised))
    options.seed = 2
    #expect(try ImportResult(text, options: options).times != result.times)
  }
}
