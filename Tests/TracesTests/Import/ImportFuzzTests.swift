import SimBasics
import Tables
import TestSupport
import Testing

@testable import Traces
@testable import Workloads

/// Damages the samples at random: whatever comes of it must be a full account of every record or an
/// error with a place. `GPULOOM_DEEP=1` damages 200 000 files of each format.
@Suite struct ImportFuzzTests {
  private static let scraps: [[UInt8]] = [
    "-1", "NaN", "Infinity", "1e309", "1e-400", "\0", "\r\n", "\n\n", "999999999999999999999",
    "1000000000000000000", "\"", "'", "[", "]", "{", "}", ",", ",,", ":", " ", "0.5", "+3", "-0.0",
    "\u{FEFF}", "{'a': 1}", "#", "\\", "2023-02-30 00:00:00", "timestamp", "arrival_ns", "é", "\t",
  ].map { Array($0.utf8) }

  @Test(arguments: ImportSample.all)
  func `Damaged files are accounted for or refused`(_ sample: ImportSample) {
    // A per-minute file has 1440 columns: fewer of them take as long as many of the others.
    let isWide = sample.format == .azureFunctionsMinute
    let cases = SharedFiles.isDeepRun ? 200_000 : isWide ? 100 : 2_000
    var generator = SeededGenerator(seed: 20_260_101, stream: sample.format.rawValue)
    let original = Array(sample.text.utf8)
    var accepted = 0
    for number in 0..<cases {
      let bytes = damaged(original, &generator)
      var options = sample.options
      options.isStrict = generator.nextBelow(2) == 0
      options.maximumCount = 40
      options.clampsNegativeTimes = generator.nextBelow(2) == 0
      options.leavesOutPastEnd = generator.nextBelow(2) == 0
      options.placement = BinPlacement.allCases[generator.nextBelow(3)]
      options.startsAtFirstArrival = [nil, false, true][generator.nextBelow(3)]
      options.acceptsAnyUnit = generator.nextBelow(2) == 0
      let chunk = generator.nextBelow(4) == 0 ? 1 + generator.nextBelow(40) : .max
      let input = TraceInput.bytes(bytes, name: "damaged", chunk: chunk)
      let format = generator.nextBelow(4) == 0 ? nil : sample.format
      do {
        let trace = try TraceImport.open(input, format: format, options: options)
        accepted += 1
        if let fault = account(trace) {
          Issue.record("case \(number) of \(sample.format): \(fault): \(bytes)")
          return
        }
      } catch {
        let isDescribed = !error.diagnostics.isEmpty && !error.description.isEmpty
        if !isDescribed || error.kind != .badData {
          Issue.record("case \(number) of \(sample.format): an error without a sentence: \(bytes)")
          return
        }
      }
    }
    // Damage that is always refused would not test the accounting.
    #expect(accepted > cases / 20, "only \(accepted) of \(cases) were read")
  }

  /// What is wrong with an import that was accepted; nil when everything adds up.
  private func account(_ trace: ImportedTrace) -> String? {
    let summary = trace.summary
    if summary.recordsRead != summary.recordsUsed + summary.leftOutCount {
      return "\(summary.recordsRead) records are not \(summary.recordsUsed) used and "
        + "\(summary.leftOutCount) left out"
    }
    if !summary.format.isBinned, summary.requests != summary.recordsUsed {
      return "\(summary.recordsUsed) records made \(summary.requests) requests"
    }
    var last: Int64 = 0
    var count: Int64 = 0
    do {
      let reader = try trace.makeReader()
      while let row = try reader.next() {
        if row.arrivalNS < last || row.arrivalNS > summary.spanNS {
          return "a row at \(row.arrivalNS) after \(last), span \(summary.spanNS)"
        }
        if row.tenant >= Int32(trace.tenantNames.count) {
          return "tenant \(row.tenant) has no name"
        }
        last = row.arrivalNS
        count += 1
      }
    } catch {
      return "the second reading failed: \(error)"
    }
    return count == summary.requests ? nil : "\(count) rows of \(summary.requests)"
  }

  private func damaged(
    _ original: [UInt8], _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = original
    for _ in 0...generator.nextBelow(4) {
      // Wide headers hide the rows: half of the damage goes to the last quarter.
      let from = generator.nextBelow(2) == 0 ? 0 : bytes.count * 3 / 4
      let at = min(bytes.count, from + generator.nextBelow(max(1, bytes.count - from)))
      let length = min(bytes.count - at, 1 + generator.nextBelow(12))
      switch generator.nextBelow(8) {
      case 0: if at < bytes.count { bytes[at] = UInt8(truncatingIfNeeded: generator.next()) }
      case 1: if at < bytes.count { bytes[at] ^= 1 << UInt8(generator.nextBelow(8)) }
      case 2: bytes.removeSubrange(at..<(at + length))
      case 3: bytes.insert(contentsOf: Self.scraps[generator.nextBelow(Self.scraps.count)], at: at)
      case 4:
        let scrap = Self.scraps[generator.nextBelow(Self.scraps.count)]
        bytes.replaceSubrange(at..<(at + length), with: scrap)
      case 5: bytes.insert(contentsOf: bytes[at..<(at + length)], at: at)
      case 6: bytes.removeSubrange(at...)
      default:
        if at < bytes.count {
          bytes[at] = UInt8(ascii: "0") + UInt8(generator.nextBelow(10))
        }
      }
      if bytes.isEmpty { break }
    }
    return bytes
  }
}
