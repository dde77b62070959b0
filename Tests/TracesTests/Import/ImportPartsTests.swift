import SimBasics
import Tables
import Testing

@testable import Traces
@testable import Workloads

@Suite struct ImportPartsTests {
  private func decimal(_ text: String, shift: Int) -> (status: ScanStatus, value: Int64) {
    var value: Int64 = 0
    let bytes = Array(text.utf8)
    let status = bytes.withUnsafeBufferPointer { NumberScan.decimal($0, shift: shift, &value) }
    return (status, value)
  }

  /// What a decimal's digits say, worked out on the digits themselves.
  private func expected(whole: [UInt8], fraction: [UInt8], shift: Int) -> Int64? {
    var digits = whole
    for index in 0..<shift { digits.append(index < fraction.count ? fraction[index] : 0) }
    var value: Int64 = 0
    for digit in digits {
      let (product, a) = value.multipliedReportingOverflow(by: 10)
      let (sum, b) = product.addingReportingOverflow(Int64(digit))
      if a || b { return nil }
      value = sum
    }
    let roundsUp = shift < fraction.count && fraction[shift] >= 5
    if !roundsUp { return value }
    return value == .max ? nil : value + 1
  }

  @Test(arguments: 1...8)
  func `Decimals are exact to the digit`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "decimals")
    for _ in 0..<500 {
      let whole = (0...generator.nextBelow(11)).map { _ in UInt8(generator.nextBelow(10)) }
      let fraction = (0...generator.nextBelow(24)).map { _ in UInt8(generator.nextBelow(10)) }
      let shift = [0, 6, 9][generator.nextBelow(3)]
      let text =
        whole.map(String.init).joined() + "." + fraction.map(String.init).joined()
      let read = decimal(text, shift: shift)
      if let value = expected(whole: whole, fraction: fraction, shift: shift) {
        #expect(read.status == .ok && read.value == value, "\(text) shifted by \(shift)")
      } else {
        #expect(read.status == .tooLarge, "\(text) shifted by \(shift)")
      }
    }
  }

  @Test func `Exponents, signs and limits are read as written`() {
    #expect(decimal("5e-05", shift: 9) == (.ok, 50_000))
    #expect(decimal("1.5E+2", shift: 0) == (.ok, 150))
    #expect(decimal("-0.0", shift: 9) == (.ok, 0))
    #expect(decimal("-1e-30", shift: 9).status == .negative)
    #expect(decimal("9223372036.854775807", shift: 9) == (.ok, .max))
    #expect(decimal("9223372036.854775808", shift: 9).status == .tooLarge)
    #expect(decimal("9223372036854775807", shift: 0) == (.ok, .max))
    #expect(decimal("1e99999999999", shift: 9).status == .tooLarge)
    #expect(decimal("0e99999999999", shift: 9) == (.ok, 0))
    #expect(decimal("1e-99999999999", shift: 9) == (.ok, 0))
    for text in [".", "-", "e5", "1e", "1e+", "1..2", "1x", "0x10", " 1", "1 ", "1_000", "٣"] {
      #expect(decimal(text, shift: 9).status == .malformed, "\(text)")
    }
    for text in ["NaN", "-inf", "Infinity"] {
      #expect(decimal(text, shift: 9).status == .notFinite)
    }
    #expect(decimal("", shift: 9).status == .empty)
  }

  private func time(_ text: String) -> Int64? {
    var scan = TimestampScan()
    var value: Int64 = 0
    let bytes = Array(text.utf8)
    let status = bytes.withUnsafeBufferPointer { scan.scan($0, &value) }
    return status == .ok ? value : nil
  }

  @Test func `Days follow each other from 1900 to 2150`() throws {
    #expect(time("1970-01-01 00:00:00") == 0)
    // `date -u -d '2023-11-16 18:17:03' +%s`
    #expect(time("2023-11-16 18:17:03.9799600") == 1_700_158_623_979_960_000)
    var expected = try #require(time("1900-01-01 00:00:00"))
    var days = 0
    for year in 1900...2150 {
      for month in 1...12 {
        for day in 1...31 {
          func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
          guard let found = time("\(year)-\(two(month))-\(two(day)) 00:00:00") else { continue }
          if found != expected { Issue.record("\(year)-\(month)-\(day)") }
          expected += 86_400_000_000_000
          days += 1
        }
      }
    }
    // 251 years with 61 leap days: every fourth from 1904 to 2148 except 2100.
    #expect(days == 251 * 365 + 61)
  }

  @Test(arguments: [
    "2023-11-16", "2023-11-16 24:00:00", "2023-11-16 00:60:00", "2023-11-16 00:00:60",
    "2023-02-29 00:00:00", "2023-00-10 00:00:00", "2023-11-16 00:00:00.", "1899-12-31 00:00:00",
    "2023-11-16 00:00:00.1234567891", "2023-11-16 00:00:00+1:00", "2023-11-16 00:00:00 CET",
    "2023-11-16_00:00:00", "16-11-2023 00:00:00", "2023-11-16 00:00:00Zx",
  ])
  func `What is not a time is refused`(_ text: String) {
    #expect(time(text) == nil)
  }

  @Test(arguments: [
    "2023-11-16 10:30:00Z", "2023-11-16 10:30:00 UTC", "2023-11-16 12:00:00+01:30",
    "2023-11-16 12:00:00 +0130", "2023-11-16 12:30:00+02", "2023-11-16T05:30:00.0-05",
    "2023-11-16 07:00:00.000 -03:30",
  ])
  func `Zones are read as databases and tools write them`(_ text: String) {
    #expect(time(text) == time("2023-11-16 10:30:00"))
    for wrong in ["x", "0", " "] { #expect(time(text + wrong) == nil, "\(text + wrong)") }
  }

  @Test(arguments: 1...6)
  func `Late rows come out as a stable sort would put them`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed, stream: "late rows")
    let reach = [0, 1, 5, 50, 500, 100_000][Int(seed) - 1]
    var rows: [(time: Int, row: Int)] = []
    for row in 1...800 {
      rows.append((max(0, row * 3 + 1_000 - generator.nextBelow(reach + 1)) / 2, row))
    }
    var text = "arrived_at,num_prefill_tokens,num_decode_tokens\n"
    for row in rows { text += "\(row.time),\(row.row),1\n" }
    let result = try ImportResult(text)
    let sorted = rows.sorted { ($0.time, $0.row) < ($1.time, $1.row) }
    #expect(result.rows.map { Int($0.sourceRow) } == sorted.map(\.row))
    #expect(result.times == sorted.map { Int64($0.time) * 1_000_000_000 })
    let descents = rows.indices.filter { index in
      rows[index].time < (rows[..<index].map(\.time).max() ?? 0)
    }
    #expect(result.trace.summary.outOfOrder == Int64(descents.count))
  }

  @Test(arguments: BinPlacement.allCases, [1, 2, 7, 1000] as [Int64])
  func `A bin holds exactly its requests, in order`(
    _ placement: BinPlacement, _ count: Int64
  ) {
    let laws: [GapLaw] = [.exponential, .gamma(shape: 0.01), .weibull(shape: 0.3)]
    for law in laws {
      var placer = BinPlacer(
        startNS: 5_000, widthNS: 60_000, count: count, placement: placement, seed: 3, law: law)
      var times: [Int64] = []
      while let time = placer.next() { times.append(time) }
      #expect(times.count == Int(count))
      #expect(times == times.sorted())
      #expect(times.allSatisfy { $0 >= 5_000 && $0 < 65_000 })
    }
  }

  @Test func `Seeded placement is uniform over the bin`() {
    var tenths = [Int](repeating: 0, count: 10)
    for seed in 1...4_000 as ClosedRange<UInt64> {
      var placer = BinPlacer(
        startNS: 0, widthNS: 1_000_000, count: 3, placement: .uniformSeeded, seed: seed)
      while let time = placer.next() { tenths[Int(time / 100_000)] += 1 }
    }
    // 12 000 draws: 1 200 a tenth with a standard deviation of 33.
    #expect(tenths.allSatisfy { abs($0 - 1_200) < 150 }, "\(tenths)")
  }

  @Test func `A new function does not move the requests of another`() throws {
    let few = try ImportResult(ImportSample.minuteFile(["5,3", "2,0"]))
    let more = try ImportResult(ImportSample.minuteFile(["5,3", "2,0", "9,9"]))
    #expect(more.rows.filter { $0.tenant < 2 } == few.rows)
    var options = TraceOptions()
    options.seed = 2
    let other = try ImportResult(ImportSample.minuteFile(["5,3", "2,0"]), options: options)
    #expect(other.times != few.times)
  }

  @Test func `Packed counts come back as they went in`() {
    let rows: [[Int64]] = [
      [0, 0, 1, 127, 128, 0, 300, 1_000_000_000], [1, 1, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ]
    var packed = PackedCounts()
    for (index, row) in rows.enumerated() {
      packed.append(row, sourceRow: Int64(index), function: 0)
    }
    for (index, row) in rows.enumerated() {
      var cursor = packed.starts[index]
      var back: [Int64] = []
      while back.count < row.count {
        let number = packed.number(at: &cursor)
        if number > 0 {
          back.append(number)
        } else {
          for _ in 0..<packed.number(at: &cursor) { back.append(0) }
        }
      }
      #expect(back == row)
    }
  }

  @Test func `A file that changes between readings is noticed`() throws {
    let texts = ["arrival_ns\n0\n5\n9\n", "arrival_ns\n0\n5\n", "arrival_ns\n0\n9\n5\n"]
    for later in texts.dropFirst() {
      let calls = Counter()
      let input = TraceInput.generated(name: "changing") {
        // The first two readings are the look at the start and the survey.
        var bytes = Array((calls.next() <= 2 ? texts[0] : later).utf8)
        return { buffer in
          let count = min(buffer.count, bytes.count)
          buffer.copyBytes(from: bytes[..<count])
          bytes.removeFirst(count)
          return count
        }
      }
      let trace = try TraceImport.open(input)
      #expect { try trace.forEachRow { _ in } } throws: {
        "\($0)".contains("changed while it was being read")
      }
    }
  }
}

/// Counts up from 1; used from one thread at a time.
private final class Counter: @unchecked Sendable {
  private var value = 0
  func next() -> Int {
    value += 1
    return value
  }
}
