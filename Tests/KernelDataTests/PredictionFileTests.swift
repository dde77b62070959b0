import SimBasics
import Tables
import TestSupport
import Testing

@testable import KernelData

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct PredictionFileTests {
  let catalogue = GEMMCatalogue(sheets: [plainSheet("alpha-40"), plainSheet("beta-80")])
  static let header = "gpu,op,m,n,k,batch,dtype,latency_ms"

  func errors(_ text: String) -> String {
    do throws(InputError) {
      let table = try CSVReader.table(of: text, file: "rows.csv")
      _ = try GEMMSampleFile.of(table, catalogue: catalogue)
      return "none"
    } catch { return error.description }
  }

  @Test func aGoodFileIsRead() throws {
    let table = try CSVReader.table(
      of: Self.header + ",kernel,grid_x,grid_y,grid_z,weather\n"
        + "ALPHA-40-alias,linear,300,500,4096,1,fp32,0.5,volta_sgemm_128x64_tn,4,5,3,fine\n"
        + "beta-80,,300,500,64,2,fp32,1e-1,mystery_128x64,9,9,9,wet\n", file: "rows.csv")
    let file = try GEMMSampleFile.of(table, catalogue: catalogue)
    #expect(file.samples.map(\.gpu) == ["alpha-40", "beta-80"])
    #expect(file.samples.map(\.op) == ["linear", "bmm"])
    #expect(file.samples[0].tile == GEMMTile(columns: 128, rows: 64))
    #expect(file.samples[0].split == 3)
    // A grid that contradicts the name leaves the kernel unknown.
    #expect(file.samples[1].tile == nil)
    #expect(file.samples[1].latency == SimDuration(nanoseconds: 100_000))
    #expect(file.notes.map(\.description) == ["rows.csv:1: note: columns not used: weather"])
  }

  @Test(arguments: [
    (
      "alpha-41,bmm,1,1,1,1,fp32,1",
      "rows.csv:2:1: error: unknown GPU 'alpha-41'\n  hint: did you mean 'alpha-40'?"
    ),
    (
      "alpha-40,bmm,0,1,1,1,fp32,1",
      "rows.csv:2:14: error: expected an integer from 1 to 16777216 in 'm', found \"0\""
    ),
    (
      "alpha-40,bmm,1,99999999999999999999,1,1,fp32,1",
      "rows.csv:2:16: error: expected an integer from 1 to 16777216 in 'n', found "
        + "\"99999999999999999999\""
    ),
    (
      "alpha-40,bmm,1,1,1,1,fp23,1",
      "rows.csv:2:22: error: unknown dtype 'fp23'\n  hint: did you mean 'fp32'?"
    ),
    (
      "alpha-40,bmm,1,1,1,1,fp16,1",
      "rows.csv:2:22: error: the GPU 'alpha-40' has no tensor cores for 'fp16'"
    ),
    (
      "alpha-40,bmm,1,1,1,1,fp32,-2",
      "rows.csv:2:27: error: expected a number from 0.00001 to 1000000000 in 'latency_ms', "
        + "found \"-2\""
    ),
    (
      "alpha-40,bmm,1,1,1,1,fp32,nan",
      "rows.csv:2:27: error: expected a number from 0.00001 to 1000000000 in 'latency_ms', "
        + "found \"nan\""
    ),
    (
      "alpha-40,linaer,1,1,1,1,fp32,1",
      "rows.csv:2:10: error: unknown operator 'linaer'\n  hint: did you mean 'linear'?"
    ),
    ("alpha-40,bmm,1,1", "rows.csv:2: error: expected 8 fields, found 4"),
  ])
  func faultsHaveTheirPlace(row: String, expected: String) {
    #expect(errors(Self.header + "\n" + row + "\n") == expected)
  }

  @Test func aRowWithoutAMeasurementIsPredicted() throws {
    let table = try CSVReader.table(
      of: Self.header + "\nalpha-40,bmm,640,640,640,32,fp32,\n", file: "rows.csv")
    let samples = try GEMMSampleFile.of(table, catalogue: catalogue).samples
    let report = GEMMPrediction.report(samples, catalogue: catalogue)
    #expect(report.groups.isEmpty)
    #expect(report.notes == ["1 row without a measurement"])
    let rows = GEMMPrediction.rows(samples, catalogue: catalogue, options: PredictionOptions())
    #expect(rows.count == 1)
    let predicted = rows[0].milliseconds
    #expect(!rows[0].isFitted)
    // 16.8 GFLOP at about 9 TFLOP/s.
    #expect((1.6...2.5).contains(predicted))
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func damagedFilesAreFaultsAndNeverCrash(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var constants = GEMMConstants.prior(plainSheet("alpha-40"), .fp32)
    constants.families = [GEMMConstants.priorFamily(.weight, GEMMTile(columns: 128, rows: 64))]
    let files = [
      Self.header + ",kernel,grid_x,grid_y,grid_z\n"
        + "alpha-40,linear,300,500,4096,1,fp32,0.5,volta_sgemm_128x64_tn,4,5,3\n"
        + "beta-80,bmm,300,500,64,2,fp32,1e-1,volta_sgemm_64x64_nn,8,5,2\n", constants.jsonText,
    ]
    var accepted = 0
    for round in 0..<(getenv("GPULOOM_DEEP") == nil ? 400 : 100_000) {
      var bytes = Array(files[round % 2].utf8)
      for _ in 0...Int(random.next() % 3) {
        let at = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[at] = UInt8(random.next() % 95) + 32
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(UInt8(ascii: "9"), at: at)
        default: bytes.removeSubrange(at..<min(bytes.count, at + 20))
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(InputError) {
        if round % 2 == 0 {
          let table = try CSVReader.table(of: text, file: "rows.csv")
          let samples = try GEMMSampleFile.of(table, catalogue: catalogue).samples
          _ = GEMMPrediction.report(samples, catalogue: catalogue)
        } else {
          _ = try GEMMConstants.of(
            try JSONReader.node(of: text, file: "c.json"), file: "c.json", catalogue: catalogue)
        }
        accepted += 1
      } catch { #expect(!error.diagnostics.isEmpty) }
    }
    #expect(accepted > 0)
  }

  @Test func columnsAreChecked() {
    #expect(
      errors("gpu,op,m,n,k,batch,dtype,latency_us\nalpha-40,bmm,1,1,1,1,fp32,1\n")
        == "rows.csv:1:26: error: unknown column 'latency_us'\n"
        + "  hint: did you mean 'latency_ms'?\n"
        + "rows.csv:1: error: the column 'latency_ms' is missing")
    #expect(errors(Self.header + "\n") == "rows.csv: error: expected at least one row")
  }

  @Test func constantsSurviveTheirFile() throws {
    var constants = GEMMConstants.prior(plainSheet("alpha-40"), .fp32)
    constants.source = "a test"
    constants.families = [GEMMConstants.priorFamily(.weight, GEMMTile(columns: 128, rows: 64))]
    constants.families[0].rows = 7
    let text = constants.rounded().jsonText
    let read = try GEMMConstants.of(
      try JSONReader.node(of: text, file: "c.json"), file: "c.json", catalogue: catalogue)
    #expect(read.jsonText == text)
    #expect(read.count == GEMMConstants.names.count + 3)
    // Of what older files do not tell, nothing is assumed.
    let line = text.split(separator: "\n").first { $0.contains("unaligned_cost") }
    let older = text.replacing((line ?? "") + "\n", with: "")
    let without = try GEMMConstants.of(
      try JSONReader.node(of: older, file: "c.json"), file: "c.json", catalogue: catalogue)
    #expect(without.values.last == 1e-9 && without.values.dropLast() == read.values.dropLast())
  }

  @Test(arguments: [
    (
      "\"floor_us\": 35.0", "\"flor_us\": 35.0",
      "c.json:1:1: error: a constants file needs the key 'floor_us'\n"
        + "c.json:8:3: error: unknown key 'flor_us' in a constants file\n"
        + "  hint: did you mean 'floor_us'?"
    ),
    (
      "\"gpu\": \"alpha-40\"", "\"gpu\": \"alpha-4\"",
      "c.json:3:10: error: unknown GPU 'alpha-4'\n  hint: did you mean 'alpha-40' or 'alpha-40-alias'?"
    ),
    (
      "128x64", "128by64",
      "c.json:21:31: error: expected a tile such as \"128x64\" in 'tile', found \"128by64\""
    ),
    (
      "constants/1", "constants/9",
      "c.json:2:13: error: expected the format \"gpuloom.constants/1\", found "
        + "\"gpuloom.constants/9\""
    ),
  ])
  func constantsFaultsHaveTheirPlace(old: String, new: String, expected: String) throws {
    var constants = GEMMConstants.prior(plainSheet("alpha-40"), .fp32)
    constants.families = [GEMMConstants.priorFamily(.weight, GEMMTile(columns: 128, rows: 64))]
    let text = constants.jsonText
    let broken = text.replacing(old, with: new)
    #expect(broken != text)
    do throws(InputError) {
      _ = try GEMMConstants.of(
        try JSONReader.node(of: broken, file: "c.json"), file: "c.json", catalogue: catalogue)
      Issue.record("expected a fault")
    } catch { #expect(error.description == expected) }
  }

  @Test func errorsAreSummedByHand() {
    func sample(_ op: String, _ us: Int64) -> GEMMSample {
      GEMMSample(
        gpu: "alpha-40", op: op, shape: GEMMShape(m: 1, n: 1, k: 1), precision: .fp32,
        latency: SimDuration(nanoseconds: us * 1000), tile: nil, split: 1, line: 2)
    }
    let report = PredictionReport(
      [sample("bmm", 100), sample("bmm", 100), sample("linear", 200)], [110, 70, 200])
    #expect(
      report.csvText == "gpu,op,rows,mape,median,p90\nalpha-40,bmm,2,20.00,20.00,30.00\n"
        + "alpha-40,linear,1,0.00,0.00,0.00\nalpha-40,*,3,13.33,10.00,30.00\n")
  }
}
