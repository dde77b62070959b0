import Tables
import Testing

@testable import KernelData

/// Exports of the profilers' other reports, and forms of the known ones in which a row is not a launch.
struct ImportForeignTests {
  private static let counters = """
    "Correlation_Id","Dispatch_Id","Agent_Id","Queue_Id","Process_Id","Thread_Id","Grid_Size",\
    "Kernel_Id","Kernel_Name","Workgroup_Size","LDS_Block_Size","Scratch_Size","VGPR_Count",\
    "Accum_VGPR_Count","SGPR_Count","Counter_Name","Counter_Value","Start_Timestamp",\
    "End_Timestamp"
    1,1,"Agent 7",1,5,5,32768,10,"k(int)",256,1024,0,24,0,48,"SQ_WAVES",512,2000,14000
    1,1,"Agent 7",1,5,5,32768,10,"k(int)",256,1024,0,24,0,48,"GRBM_COUNT",999,2000,14000
    2,2,"Agent 7",1,5,5,512,11,"k(int)",64,0,0,8,0,48,"SQ_WAVES",512,20000,21000
    2,2,"Agent 7",1,5,5,512,11,"k(int)",64,0,0,8,0,48,"GRBM_COUNT",999,20000,21000

    """

  @Test func aDispatchOfSeveralCountersIsOneLaunch() throws {
    let profile = try imported(Self.counters)
    #expect(profile.kernels.map(\.durationNS) == [12_000, 1_000])
    #expect(profile.kernels.map { $0.grid?.x } == [128, 8])
    #expect(profile.kernels.map(\.registersPerThread) == [24, 8])
    #expect(profile.kernels.map(\.sharedMemoryBytes) == [1024, 0])
    #expect(
      profile.leftOut.map { "\($0.count) \($0.reason.rawValue)" } == [
        "2 further counter of a kernel"
      ])
  }

  @Test func aHeaderMayMixTheNamesOfVersions() throws {
    let profile = try imported(
      """
      Dispatch_ID,GPU_ID,Queue_ID,Queue_Index,PID,TID,GRD,WGR,LDS,SCR,Arch_VGPR,ACCUM_VGPR,SGPR,\
      Wave_Size,SIG,OBJ,Kernel_Name,Start_Timestamp,End_Timestamp,Correlation_ID
      0,4,1,0,1,1,1000,256,1024,0,32,0,48,64,0,0,"k.kd",2000,14000,0

      """)
    let kernel = try #require(profile.kernels.first)
    #expect(kernel.grid?.x == 4 && kernel.block?.x == 256 && kernel.durationNS == 12_000)
    #expect(kernel.registersPerThread == 32 && kernel.sharedMemoryBytes == 1024)
    #expect(profile.format == .rocprof && profile.device?.id == "4")
  }

  @Test func whatNcuCouldNotCollectIsAbsent() throws {
    func text(_ time: String, _ bytes: String) -> String {
      """
      "ID","Kernel Name","Block Size","Grid Size","gpu__time_duration.sum","dram__bytes.sum"
      "","","","","ns","byte"
      "0","k","(256, 1, 1)","(128, 1, 1)","\(time)","\(bytes)"

      """
    }
    #expect(try imported(text("12000", "4096")).demands.first?.dramBytes == 4096)
    for absent in ["n/a", "nan"] {
      let profile = try imported(text("12000", absent))
      #expect(profile.kernels.count == 1 && profile.demands.first?.dramBytes == nil)
      #expect { try imported(text(absent, "4096")) } throws: {
        "\($0)".contains("has no duration")
      }
    }
  }

  @Test func roundedToABytesFractionIsNoRounding() throws {
    let text = ImportSamples.nsys.replacing("(byte)", with: "(KB)")
    #expect(try imported(text).warnings.isEmpty)
  }

  private static func event(_ members: String) -> String {
    """
    {"traceEvents": [{"ph": "X", \(members), "name": "k", "pid": 1, "tid": 2}]}
    """
  }

  @Test func aTimeGivenTwiceIsAFault() {
    let arguments = #""args": {"grid": [1, 1, 1], "block": [32, 1, 1]}"#
    for (members, said) in [
      (#""cat": "kernel", "ts": 1, "dur": 5, "dur": 6"#, "'dur' is given twice"),
      (#""cat": "kernel", "ts": 1, "ts": 2, "dur": 6"#, "'ts' is given twice"),
    ] {
      #expect { try imported(Self.event(members + ", " + arguments)) } throws: {
        "\($0)".contains(said)
      }
    }
  }

  @Test(arguments: [
    (
      event(#""cat": "hip_activity", "ts": 1, "dur": 5"#),
      "a trace in Chrome's format without kernels", "rocprofv3 --kernel-trace"
    ),
    (
      event(#""cat": "cpu_op", "ts": 1, "dur": 5"#), "a PyTorch profiler trace without kernels",
      "found 1 host event"
    ),
    (
      #"[{"Start (ns)": 1, "Duration (ns)": 2, "GrdX": 1, "Name": "k"}]"#,
      "a report of nsys as JSON", "nsys stats --report cuda_gpu_trace --format csv"
    ),
    (
      #"{"rocprofiler-sdk-tool": [{"agents": []}]}"#, "rocprofv3's JSON", "--output-format csv"
    ),
    (
      "Time (%),Total Time (ns),Num Calls,Avg (ns),Name\n50,1,1,1,cudaLaunchKernel\n",
      "nsys's summary of API calls", "cuda_gpu_trace"
    ),
    (
      "Start (ns),Duration (ns),Name,Result,CorrID,Pid,Tid\n1,2,cudaLaunchKernel,0,1,1,1\n",
      "nsys's trace of API calls", "cuda_gpu_trace"
    ),
    (
      "\"Type\",\"Time(%)\",\"Time\",\"Calls\",\"Avg\",\"Min\",\"Max\",\"Name\"\n,%,ms,,us,us,us,\n",
      "nvprof's summary", "--print-gpu-trace"
    ),
    (
      "\"Process ID\",\"Kernel Name\",\"Invocations\",\"Metric Name\",\"Metric Unit\",\"Average\"\n",
      "ncu's summary of kernels", "--print-summary"
    ),
    (
      "\"Domain\",\"Function\",\"Process_Id\",\"Start_Timestamp\",\"End_Timestamp\"\n",
      "rocprofv3's trace of calls", "--kernel-trace"
    ),
    (
      "gpu,dtype,m,n,k,latency_ms\nH100,bf16,1,2,3,0.1\n", "a table of measured operators",
      "gpuloom kernels fit"
    ),
    (
      "framework,version,device,op_name,gemm_dtype,m,n,k,latency\nT,1,H200,gemm,float16,1,2,3,0.1\n",
      "a table of measured products", "gpuloom kernels predict"
    ),
    (
      "Start (ns);Duration (ns);CorrId;GrdX;GrdY;GrdZ;BlkX;BlkY;BlkZ;Reg/Trd;Device;Strm;Name\n",
      "not by ';'", "with commas"
    ),
  ])
  func eachOtherReportIsNamed(text: String, said: String, hint: String) {
    let error = #expect(throws: InputError.self) { _ = try imported(text) }
    let words = error?.description ?? ""
    #expect(words.contains(said) && words.contains(hint), "\(words)")
  }

  @Test func aDatabaseOfRocprofIsNamed() throws {
    var bytes = try ImportDatabase.bytes()
    let (old, new) = ("CUPTI_ACTIVITY_KIND_KERNEL", "rocpd_kernel_dispatch_uuid")
    for i in bytes.indices.dropLast(old.utf8.count) where bytes[i...].starts(with: old.utf8) {
      bytes.replaceSubrange(i..<i + old.utf8.count, with: new.utf8)
    }
    #expect { try ProfileImport.read(bytes: bytes, name: "f") } throws: {
      "\($0)".contains("rocprofv3's database") && "\($0)".contains("--output-format csv")
    }
  }
}
