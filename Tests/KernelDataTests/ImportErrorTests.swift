import Foundation
import Tables
import Testing

@testable import KernelData

/// The error a text gives, or nil where it is accepted.
func importError(
  _ text: String, _ options: ProfileImportOptions = ProfileImportOptions()
) -> String? {
  do {
    _ = try ProfileImport.read(bytes: Array(text.utf8), name: "f", options: options)
    return nil
  } catch { return error.description }
}

/// Runs `body` with the path of a file that holds `text`.
func withFile(_ text: String, _ body: (String) throws -> Void) throws {
  let path = NSTemporaryDirectory() + "import-\(UUID().uuidString)"
  try text.write(toFile: path, atomically: true, encoding: .utf8)
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

/// A file, and the sentence it is refused with.
struct BadFile: CustomTestStringConvertible, Sendable {
  var name: String
  var text: String
  var sentence: String
  var testDescription: String { name }

  static let all: [BadFile] = [
    BadFile(name: "empty", text: "", sentence: "f: error: the file is empty"),
    BadFile(
      name: "pointer", text: "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
      sentence: "f:1:1: error: this is a Git LFS pointer, not the data"),
    BadFile(
      name: "page", text: "\n<!DOCTYPE html><html>", sentence: "f:1:1: error: this is an HTML page"),
    BadFile(
      name: "database", text: "SQLite format 3\0xx",
      sentence: "f: error: the database ends early"),
    BadFile(
      name: "endless row", text: String(repeating: ",", count: 100_001),
      sentence: "f:1: error: the row has more than 100000 fields"),
    BadFile(
      name: "work beyond measure", text: ImportSamples.gemmRows.replacing(",273,", with: ",1e15,"),
      sentence: "error: operations or bytes beyond what one launch can do"),
    BadFile(
      name: "endless kernel",
      text: ImportSamples.nsys.replacing(",1500,7", with: ",1500000000000,7"),
      sentence: "error: expected a duration of at most 1000 s, found 1500000000000 ns"),
    BadFile(
      name: "too many tokens", text: ImportSamples.vidur.replacing(",1024,1", with: ",1048577,1"),
      sentence: "expected an integer from 1 to 1048576 in 'num_tokens', found \"1048577\""),
    BadFile(
      name: "no name", text: ImportSamples.nvprof.replacing("add(int, float*) [230]", with: " "),
      sentence: "error: a kernel without a name"),
    BadFile(
      name: "archive", text: "PK\u{3}\u{4}xx", sentence: "f:1:1: error: this is zip data, not text"),
    BadFile(
      name: "binary", text: "ab\0cd",
      sentence: "f:1:3: error: found a NUL byte: this is not text\n  hint: export .nsys-rep with"),
    BadFile(
      name: "summary",
      text: "Time (%),Total Time (ns),Instances,Avg (ns),Name\n1,2,3,4,k\n",
      sentence: "f:1: error: this is an nsys summary, not a trace"),
    BadFile(
      name: "other table", text: "a,b,c\n1,2,3\n",
      sentence: "f: error: found no header or content of a known profiler format"),
    BadFile(
      name: "missing columns", text: ImportSamples.nsys.replacing("GrdZ,BlkX", with: "gz,bx"),
      sentence: "f:4: error: an nsys GPU trace lacks the columns 'grdz', 'blkx'"),
    BadFile(
      name: "unknown unit",
      text: ImportSamples.nsys.replacing("Duration (ns)", with: "Duration (h)"),
      sentence: "f:4: error: expected a unit of time for 'Duration (h)', found 'h'"),
    BadFile(
      name: "no units row",
      text: ImportSamples.nvprof.replacing("ms,us,,,,,,,,KB,B,MB,GB/s,,,,\n", with: ""),
      sentence: "expected a row of units below the header"),
    BadFile(
      name: "mixed units", text: ImportSamples.nvprof.replacing("ms,us,", with: "ms,MB,"),
      sentence: "expected a unit of time for 'Duration', found 'MB'"),
    BadFile(
      name: "zero duration", text: ImportSamples.nsys.replacing("10.5,1500,", with: "10.5,0,"),
      sentence: "f:5:1: error: expected a duration above zero, found 0 ns"),
    BadFile(
      name: "negative duration",
      text: ImportSamples.rocprof.replacing(",100,350,", with: ",350,100,"),
      sentence: "error: expected a duration above zero, found -250 ns"),
    BadFile(
      name: "word in a number", text: ImportSamples.nsys.replacing(",80,2,1,", with: ",80,two,1,"),
      sentence: "f:5:16: error: expected a non-negative integer in 'GrdY', found \"two\""),
    BadFile(
      name: "cut row", text: ImportSamples.nsysLegacy.replacing(",1,7,old", with: ",1"),
      sentence: "f:2:49: error: expected 20 fields, found 18"),
    BadFile(
      name: "open quote", text: ImportSamples.nsys.replacing("\"\"q\"\")\"", with: "q"),
      sentence: "error: expected a closing quote before the end of the file"),
    BadFile(
      name: "two reports", text: ImportSamples.orion + "\n" + ImportSamples.orion,
      sentence: "f:5:1: error: a second header: two reports in one file"),
    BadFile(
      name: "two GPUs",
      text: ImportSamples.nsys.replacing("Tesla X (0),1,,13", with: "Tesla Y (1),1,,13"),
      sentence: "f: error: kernels of 2 GPUs in one file: Tesla X (0) with 1 kernels, "
        + "Tesla Y (1) with 1 kernels\n  hint: choose one with --device"),
    BadFile(
      name: "block too large",
      text: ImportSamples.kineto.replacing("[128, 1, 1]", with: "[64, 64, 1]"),
      sentence: "a block of 64 x 64 x 1 threads exceeds 1024"),
    BadFile(
      name: "grid of zero", text: ImportSamples.kineto.replacing("[64, 2, 1]", with: "[64, 0, 1]"),
      sentence: "expected three positive integers in 'grid'"),
    BadFile(
      name: "negative time in JSON", text: ImportSamples.kineto.replacing("6.881", with: "-6.881"),
      sentence: "expected a duration above zero, found -6881 ns"),
    BadFile(
      name: "no number", text: ImportSamples.kineto.replacing("6.881", with: "NaN"),
      sentence: "expected a number in 'dur' of a kernel"),
    BadFile(
      name: "cut JSON", text: String(ImportSamples.kineto.dropLast(40)),
      sentence: "found the end of the file\n  hint: the file may be cut off"),
    BadFile(
      name: "other JSON", text: "{\"a\": 1}",
      sentence: "f: error: JSON of no known profiler: expected 'traceEvents'\n  hint: found: a"),
    BadFile(
      name: "trace without kernels", text: "{\"traceEvents\": []}",
      sentence: "f: error: a PyTorch profiler trace without kernels: found no rows"),
    BadFile(
      name: "placeholders",
      text: "Name,Profile,Memory_footprint,SM_usage,Duration\na,1,1,1,7\nb,0,1,2,3\n",
      sentence: "every duration is below 8 ns: placeholders, not measurements"),
    BadFile(
      name: "model alone", text: ImportSamples.reefModel,
      sentence: "f: error: a REEF model alone has no times"),
    BadFile(
      name: "graph alone", text: ImportSamples.trtexecGraph,
      sentence: "f: error: a layer graph alone has no times"),
    BadFile(
      name: "metric missing",
      text: ImportSamples.ncuDetails.replacing("\"Duration\"", with: "\"x\""),
      sentence: "has no duration: profile with --section SpeedOfLight"),
    BadFile(
      name: "several degrees", text: ImportSamples.vidur.replacing("1024,1", with: "1024,2"),
      sentence: "rows of 2 tensor-parallel degrees in one file: 1, 2"),
  ]
}

@Suite struct ImportErrorTests {
  @Test(arguments: BadFile.all) func isNamed(file: BadFile) {
    let message = importError(file.text)
    #expect(message?.contains(file.sentence) == true, "\(message ?? "accepted")")
  }

  @Test func faultsAreCollected() {
    let text = ImportSamples.nsys.replacing(",80,2,1,", with: ",80,two,1,")
      .replacing("14,2500,", with: "14,-2500,")
    #expect(importError(text)?.split(separator: "\n").filter { $0.contains("error") }.count == 2)
  }

  @Test func lenientReadingLeavesFaultyRowsOut() throws {
    var options = ProfileImportOptions()
    options.isLenient = true
    let profile = try imported(
      ImportSamples.nsys.replacing("10.5,1500,", with: "10.5,0,"), options)
    #expect(profile.kernels.count == 1)
    #expect(profile.leftOut.contains { $0.reason == .badRow && $0.count == 1 })
    #expect(profile.warnings.contains { $0.message.contains("above zero") })
  }

  @Test func aDeviceIsChosen() throws {
    let text = ImportSamples.nsys.replacing("Tesla X (0),1,,13", with: "Tesla Y (1),1,,13")
    var options = ProfileImportOptions()
    options.device = "Tesla Y (1)"
    let profile = try imported(text, options)
    #expect(profile.kernels.map { profile.name(of: $0) } == ["g"])
    #expect(profile.leftOut.contains { $0.reason == .otherDevice && $0.count == 1 })
    options.device = "GPU A"
    #expect(try imported(ImportSamples.kineto, options).kernels.count == 2)
    options.device = "Z"
    #expect(importError(text, options)?.contains("no kernels on device 'Z'") == true)
  }

  @Test func rowsAreChosenByColumn() throws {
    var options = ProfileImportOptions()
    options.filters = [("num_tensor_parallel_workers", "2")]
    let text = ImportSamples.vidur.replacing("1024,1", with: "1024,2")
    let profile = try imported(text, options)
    #expect(profile.rowsUsed == 1)
    #expect(profile.leftOut.map(\.reason) == [.notChosen])
    options.filters = [("num_token", "2")]
    #expect(importError(text, options)?.contains("did you mean 'num_tokens'?") == true)
    options.filters = [("ph", "X")]
    #expect(importError(ImportSamples.kineto, options)?.contains("CSV") == true)
  }

  @Test func companionsMustFit() throws {
    try withFile(ImportSamples.reefProfile) { path in
      var options = ProfileImportOptions()
      options.companions = [path]
      let both = importError(ImportSamples.trtexec, options)
      #expect(both?.contains("do not belong together") == true)
      let stray = importError(ImportSamples.nsys, options)
      #expect(stray?.contains("a further file belongs only to") == true)
      let other = ImportSamples.reefModel.replacing("\"add\"", with: "\"sub\"")
      #expect(importError(other, options)?.contains("the profile has no time of 'sub'") == true)
    }
  }
}
