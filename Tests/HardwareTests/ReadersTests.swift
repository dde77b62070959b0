import SimBasics
import Tables
import TestSupport
import Testing

@testable import Hardware

/// Small valid files that each case spoils in one place.
enum SampleFiles {
  static let table = """
    # format: gpuloom.kernels/1
    # model: tiny
    # gpu: v100-sxm2-16gb
    # stack: by hand
    # precision: fp32
    # weights_mib: 1.5
    # workspace_mib: 0
    # input_bytes: 12
    # output_bytes: 4
    # source: worked out by hand
    # provenance: analytic
    batch,launch,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,registers_per_thread,\
    shared_memory_bytes,flop,dram_bytes,duration_ns,compute_fraction,dram_fraction
    1,0,first,4,1,1,128,1,1,64,1024,1000,2000,3000,,
    1,1,second,8,2,1,256,1,1,32,0,,,500,0.5,0.25
    2,0,first,8,1,1,128,1,1,64,1024,2000,4000,,,

    """

  static func spoiled(_ text: String, _ old: String, _ new: String) throws -> String {
    let range = try #require(text.firstRange(of: old), "the sample does not hold \(old)")
    return text.replacingCharacters(in: range, with: new)
  }

  static func file(_ name: String) throws -> String {
    try InputFile.text(at: SharedFiles.repositoryRoot + "/models/" + name)
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with new: String) -> String {
    self[..<range.lowerBound] + new + self[range.upperBound...]
  }
}

@Suite("Kernel table reader")
struct KernelTableReaderTests {
  @Test func readsWhatIsWritten() throws {
    let table = try KernelTable.read(text: SampleFiles.table, file: "t.csv")
    #expect(table.model == "tiny")
    #expect(table.weightsMiB == 1.5)
    #expect(table.batches.map(\.batch) == [1, 2])
    #expect(table.batches[0].launches.map(\.name) == ["first", "second"])
    let second = table.batches[0].launches[1]
    #expect(second.flop == nil)
    #expect(second.computeFraction == 0.5)
    #expect(second.grid == Extent3(8, 2, 1))
    #expect(table.batches[1].launches[0].durationNS == nil)
    let again = try KernelTable.read(text: table.csvText, file: "t.csv")
    #expect(again.csvText == table.csvText)
    #expect(again.batches.map(\.launches) == table.batches.map(\.launches))
  }

  @Test func keepsNamesWithCommasAndQuotes() throws {
    var table = try KernelTable.read(text: SampleFiles.table, file: "t.csv")
    table.batches[0].launches[0].name = #"void f<float, (int)512>("x")"#
    table.batches[0].launches[0].fusionClass = "a,b"
    table.batches[0].launches[0].stream = 3
    let again = try KernelTable.read(text: table.csvText, file: "t.csv")
    #expect(again.batches.map(\.launches) == table.batches.map(\.launches))
  }

  static let faults: [(old: String, new: String, error: String)] = [
    (
      "/1\n", "/2\n",
      "t.csv:1:11: error: expected the format 'gpuloom.kernels/1', found 'gpuloom.kernels/2'"
    ),
    (
      "# model: tiny\n", "",
      "t.csv:11: error: a kernel table needs the line '# model: …' before its header"
    ),
    ("# model: tiny", "# model:", "t.csv:2:9: error: expected a value after 'model'"),
    (
      "# model: tiny", "# modle: tiny",
      "t.csv:2:3: error: unknown key 'modle' in a kernel table\n  hint: did you mean 'model'?\nt.csv:12: error: a kernel table needs the line '# model: …' before its header"
    ),
    (
      "# model: tiny", "# stack: x",
      "t.csv:4:3: error: the key 'stack' is given twice\nt.csv:12: error: a kernel table needs the line '# model: …' before its header"
    ),
    (
      "# model: tiny", "# a remark",
      "t.csv:2:3: error: expected '# key: value', found '# a remark'\nt.csv:12: error: a kernel table needs the line '# model: …' before its header"
    ),
    ("fp32", "fp23", "t.csv:5:14: error: unknown precision 'fp23'\n  hint: did you mean 'fp32'?"),
    (
      "analytic", "guess",
      "t.csv:11:15: error: unknown provenance 'guess'\n  hint: known: measured, derived, analytic"
    ),
    (
      "1.5", "-1",
      "t.csv:6:16: error: expected a number from 0 to 1000000000 in 'weights_mib', found '-1'"
    ),
    (
      "1.5", "nan",
      "t.csv:6:16: error: expected a number from 0 to 1000000000 in 'weights_mib', found 'nan'"
    ),
    (
      "bytes: 12", "bytes: 1e3",
      "t.csv:8:16: error: expected a non-negative integer in 'input_bytes', found '1e3'"
    ),
    (
      "grid_x", "gridx",
      "t.csv:12:21: error: unknown column 'gridx'\n  hint: did you mean 'grid_x'?\nt.csv:12: error: the column 'grid_x' is missing"
    ),
    (
      "grid_y", "grid_x",
      "t.csv:12:28: error: the column 'grid_x' is given twice\nt.csv:12: error: the column 'grid_y' is missing"
    ),
    ("0,first,4", "0,first,4,9", "t.csv:13:51: error: expected 16 fields, found 17"),
    (
      "1,0,first", "0,0,first",
      "t.csv:13:1: error: expected an integer from 1 to 1048576 in 'batch', found \"0\""
    ),
    (
      "1,1,second", "1,0,second", "t.csv:14:3: error: expected a launch after 0 of batch 1, found 0"
    ),
    (
      "2,0,first,8", "1,2,x,8,1,1,128,1,1,64,1024,2000,4000,,,\n0,0,first,8",
      "t.csv:16:1: error: expected an integer from 1 to 1048576 in 'batch', found \"0\""
    ),
    (
      "2,0,first", "3,0,y,8,1,1,128,1,1,64,1024,2000,4000,,,\n2,0,first",
      "t.csv:16:1: error: expected batches in ascending order, found 2 after 3"
    ),
    ("first,4", ",4", "t.csv:13:5: error: expected a kernel's name in 'kernel', found nothing"),
    (
      "first,4,1", "first,0,1",
      "t.csv:13:11: error: expected an integer from 1 to 2147483647 in 'grid_x', found \"0\""
    ),
    (
      "first,4,1,1", "first,99999999999999999999,1,1",
      "t.csv:13:11: error: expected an integer from 1 to 2147483647 in 'grid_x', found \"99999999999999999999\""
    ),
    (
      "first,4,1,1", "first,65536,65536,65536",
      "t.csv:13:11: error: expected at most 2147483647 blocks in a launch"
    ),
    (
      "1,1,128,1", "1,1,128,9",
      "t.csv:13:17: error: expected at most 1024 threads in a block, found 1152"
    ),
    (
      ",64,1024", ",1.5,1024",
      "t.csv:13:25: error: expected an integer from 0 to 512 in 'registers_per_thread', found \"1.5\""
    ),
    (
      ",1000,2000", ",-3,2000",
      "t.csv:13:33: error: expected a non-negative integer in 'flop', found \"-3\""
    ),
    (
      ",3000,", ",0,",
      "t.csv:13:43: error: expected an integer from 1 to 1000000000000 in 'duration_ns', found \"0\""
    ),
    ("0.5,", ",", "t.csv:14:31: error: an empty 'flop' needs 'compute_fraction'"),
    ("0.25", "", "t.csv:14:32: error: an empty 'dram_bytes' needs 'dram_fraction'"),
    (
      "0.5,", "1.5,",
      "t.csv:14:37: error: expected a fraction from 0 to 1 in 'compute_fraction', found \"1.5\""
    ),
    (",,500,0.5,0.25", ",7,,0.5,", "t.csv:14:34: error: an empty 'flop' needs 'duration_ns'"),
  ]

  @Test(arguments: faults.indices)
  func reportsFaultsWhereTheyStand(index: Int) throws {
    let (old, new, expected) = Self.faults[index]
    let text = try SampleFiles.spoiled(SampleFiles.table, old, new)
    let error = #expect(throws: InputError.self) {
      try KernelTable.read(text: text, file: "t.csv")
    }
    #expect(error?.description == expected)
    #expect(error?.kind == .badData)
  }

  /// Whatever the bytes, the reader answers with a table or with faults.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func survivesAnyBytes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed, stream: "kernel table bytes")
    for _ in 0..<100 {
      var bytes = Array(SampleFiles.table.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 1...255, using: &random)
        case 1: bytes.removeSubrange(at...)
        case 2: bytes.insert(contentsOf: Array("99999999999".utf8), at: at)
        default: bytes.insert(contentsOf: Array(",\"\n#-".utf8.shuffled(using: &random)), at: at)
        }
        if bytes.isEmpty { break }
      }
      do throws(InputError) {
        let table = try KernelTable.read(text: String(decoding: bytes, as: UTF8.self), file: "t")
        #expect(!table.batches.isEmpty)
      } catch {
        #expect(!error.diagnostics.isEmpty)
        #expect(error.diagnostics.count <= 20)
      }
    }
  }

  @Test func wantsAtLeastOneLaunch() throws {
    let header = try #require(SampleFiles.table.firstRange(of: "1,0,first")).lowerBound
    let error = #expect(throws: InputError.self) {
      try KernelTable.read(text: String(SampleFiles.table[..<header]), file: "t.csv")
    }
    #expect(error?.description == "t.csv: error: expected at least one launch, found none")
  }
}
