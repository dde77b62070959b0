import Hardware
import SimBasics
import Tables
import TestSupport
import Testing

@testable import KernelData

/// What CUTLASS's profiler writes, and GPUs whose rows disagree with themselves.
struct CUTLASSTests {
  private static let catalogue = try? GEMMCatalogue.read(
    folder: SharedFiles.repositoryRoot + "/models/gemm")
  private static let header =
    "Problem,Provider,OperationKind,Operation,Disposition,Status,gemm_kind,m,n,k,A,B,C,"
    + "split_k_slices,batch_count,op_class,accum,cta_m,cta_n,cta_k,Runtime,GFLOPs\n"

  private func samples(_ rows: String, gpu: String? = "V100") throws -> GEMMSampleFile {
    let folder = TemporaryFolder()
    folder.write("c.csv", Self.header + rows)
    return try GEMMSampleFile.read(
      folder.path + "/c.csv", catalogue: #require(Self.catalogue), gpu: gpu, needsGPU: true)
  }

  @Test(arguments: [
    (
      "1,CUTLASS,gemm,op,passed,success,universal,512,1024,256,f32:column,f32:column,f32:column,1,1,simt,"
        + "f32,128,64,8,0.5,1\n",
      "bmm", "64x128", GEMMPrecision.fp32, 1
    ),
    (
      "1,CUTLASS,gemm,op,passed,success,universal,512,1024,256,f16:row,f16:column,f16:column,4,1,"
        + "tensorop,f32,128,64,8,0.5,1\n",
      "linear", "64x128", .fp16, 4
    ),
  ])
  func rowsAreMeasuredProducts(
    row: String, op: String, tile: String, precision: GEMMPrecision, split: Int
  ) throws {
    let file = try samples(row)
    let sample = try #require(file.samples.first)
    #expect(file.samples.count == 1 && file.notes.isEmpty)
    #expect(sample.gpu == "V100-PCIE-32GB" && sample.op == op && sample.precision == precision)
    #expect(sample.shape == GEMMShape(m: 512, n: 1024, k: 256) && sample.split == split)
    #expect(sample.latency?.nanoseconds == 500_000 && sample.tile?.description == tile)
  }

  @Test func whatIsNoMeasuredProductIsLeftOutAndCounted() throws {
    let good =
      "1,C,gemm,op,passed,success,u,8,8,8,f32:row,f32:row,f32:row,1,1,simt,f32,64,64,8,0.1,1\n"
    let file = try samples(
      good + good.replacing(",gemm,", with: ",conv2d,") + good.replacing("success", with: "invalid")
        + good.replacing("passed", with: "failed") + good.replacing("0.1,1", with: "0,0")
        + good.replacing("f32:row", with: "s8:row"))
    #expect(file.samples.count == 1)
    #expect(
      file.notes.map { String($0.message.prefix(6)) } == ["1 rows", "3 rows", "1 rows"])
    let wrong = #expect(throws: InputError.self) {
      _ = try samples(good.replacing(",8,", with: ",x,"))
    }
    #expect(wrong?.description.contains("expected an integer from 1") == true)
    let nowhere = #expect(throws: InputError.self) { _ = try samples(good, gpu: nil) }
    #expect(nowhere?.description.contains("name it with --gpu") == true)
  }

  @Test func rowsOfTwoClocksAreTold() throws {
    let catalogue = try #require(Self.catalogue)
    func report(_ slow: Double) -> PredictionReport {
      let samples = (0..<40).map { i -> GEMMSample in
        let shape = GEMMShape(m: 4096, n: 4096, k: 1024 + 64 * i)
        let microseconds = shape.flop / 4e6 * (i % 5 == 0 ? 1 : slow)
        return GEMMSample(
          gpu: "P4", op: "linear", shape: shape, precision: .fp32,
          latency: SimDuration(nanoseconds: Int64(microseconds * 1e3)),
          tile: GEMMTile(columns: 64, rows: 64), split: 1, line: i)
      }
      return GEMMPrediction.report(samples, catalogue: catalogue)
    }
    #expect(report(3).notes.contains { $0.hasPrefix("P4: its rows disagree with themselves") })
    #expect(!report(1.1).notes.contains { $0.contains("disagree") })
  }
}
