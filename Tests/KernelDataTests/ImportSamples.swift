import Device

/// A small file of our own in every format, each with the trap its format is known for.
enum ImportSamples {
  /// Preamble lines, a unit in each header, a quoted name with commas, a copy in between.
  static let nsys = """

    NOTICE: Existing SQLite export found: run.sqlite
    Processing [run.sqlite] with [/opt/reports/cuda_gpu_trace.py]...
    Start (us),Duration (ns),CorrId,GrdX,GrdY,GrdZ,BlkX,BlkY,BlkZ,Reg/Trd,StcSMem (byte),\
    DymSMem (byte),Bytes (MB),Throughput (MB/s),SrcMemKd,DstMemKd,Device,Ctx,GreenCtx,Strm,Name
    10.5,1500,7,80,2,1,128,1,1,32,1024,512,,,,,Tesla X (0),1,,7,"void f<int, float>(int, ""q"")"
    12.25,900,8,,,,,,,,,,2.000,5.1,Pageable,Device,Tesla X (0),1,,7,[CUDA memcpy Host-to-Device]
    14,2500,9,1,1,1,64,1,1,16,0,0,,,,,Tesla X (0),1,,13,g

    """
  /// The header of 2021: seconds and nanoseconds, no space before the unit.
  static let nsysLegacy = """
    Start(sec),Duration(nsec),CorrId,GrdX,GrdY,GrdZ,BlkX,BlkY,BlkZ,Reg/Trd,StcSMem,DymSMem,\
    Bytes,Thru,SrcMemKd,DstMemKd,Device,Ctx,Strm,Name
    0.000001500,700,1,4,1,1,32,1,1,20,0,0,,,,,P (0),1,7,old
    """
  /// Program output and messages, thousands separators, metric units, rows that end early.
  static let ncuDetails = #"""
    hello, world "unclosed
    ==PROF== Connected to process 11 (/bin/app)
    "ID","Process ID","Process Name","Host Name","Kernel Name","Context","Stream","Block Size",\#
    "Grid Size","Device","CC","Section Name","Metric Name","Metric Unit","Metric Value",\#
    "Rule Name","Rule Type","Rule Description"
    "0","11","app","h","k(int, int)","1","7","(256, 1, 1)","(1024, 2, 1)","0","7.5",\#
    "GPU Speed Of Light Throughput","Duration","us","1,021.50"
    "0","11","app","h","k(int, int)","1","7","(256, 1, 1)","(1024, 2, 1)","0","7.5",\#
    "GPU Speed Of Light Throughput","DRAM Throughput","%","61.84"
    "0","11","app","h","k(int, int)","1","7","(256, 1, 1)","(1024, 2, 1)","0","7.5",\#
    "GPU Speed Of Light Throughput","Compute (SM) Throughput","%","12.5"
    "0","11","app","h","k(int, int)","1","7","(256, 1, 1)","(1024, 2, 1)","0","7.5",\#
    "SpeedOfLight","","","","Bottleneck","OPT","Use more, or fewer, threads"
    ==PROF== Profiling "k" - 1: 0%....50%....100% - 8 passes
    "0","11","app","h","k(int, int)","1","7","(256, 1, 1)","(1024, 2, 1)","0","7.5",\#
    "Launch Statistics","Registers Per Thread","register/thread","32"
    "0","11","app","h","k(int, int)","1","7","(256, 1, 1)","(1024, 2, 1)","0","7.5",\#
    "Launch Statistics","Static Shared Memory Per Block","Kbyte/block","1.02"
    "0","11","app","h","k(int, int)","1","7","(256, 1, 1)","(1024, 2, 1)","0","7.5",\#
    "Launch Statistics","# SMs","SM","40"
    """#
  /// A units row below the header.
  static let ncuRaw = """
    "ID","Process ID","Kernel Name","Stream","Block Size","Grid Size","Device","CC",\
    "gpu__time_duration.sum","launch__registers_per_thread","dram__bytes.sum",\
    "smsp__sass_thread_inst_executed_op_fadd_pred_on.sum",\
    "smsp__sass_thread_inst_executed_op_fmul_pred_on.sum",\
    "smsp__sass_thread_inst_executed_op_ffma_pred_on.sum"
    "","","","","","","","","us","register/thread","Mbyte","inst","inst","inst"
    "0","5","gemm","7","(128, 1, 1)","(64, 1, 1)","0","8.0","12.345678","64","1.5","10","20","1,000"
    "1","5","relu","7","(256, 1, 1)","(9, 1, 1)","0","8.0","2.5","16","0.25","0","0","0"
    """
  /// Events out of order, old and new times, a flow, a host event, a copy, two known devices.
  static let kineto = """
    {"schemaVersion": 1, "deviceProperties": [
      {"id": 0, "name": "GPU A", "totalGlobalMem": 1000, "computeMajor": 8, "computeMinor": 0,
       "numSms": 108, "warpSize": 32, "regsPerMultiprocessor": 65536},
      {"id": 1, "name": "GPU B", "numSms": 10}],
     "traceEvents": [
      {"ph": "X", "cat": "kernel", "name": "second", "pid": 0, "tid": 7, "ts": 1695835573023613.5,
       "dur": 6.881, "args": {"device": 0, "context": 1, "stream": 20, "correlation": 9,
       "registers per thread": 16, "shared memory": 49152, "grid": [64, 2, 1], "block": [128, 1, 1],
       "est. achieved occupancy %": 0}},
      {"ph": "s", "id": 5, "cat": "ac2g", "name": "ac2g", "ts": 1},
      {"ph": "X", "cat": "cpu_op", "name": "aten::{\\"x\\"}", "ts": 3, "dur": 9, "args": {"a": [1]}},
      {"ph": "X", "cat": "kernel", "name": "first", "pid": 0, "tid": 7, "ts": 1695835573023600,
       "dur": 3, "args": {"device": 0, "stream": 7, "correlation": 8, "registers per thread": 32,
       "shared memory": 0, "grid": [1, 1, 1], "block": [32, 1, 1]}},
      {"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy HtoD", "ts": 4, "dur": 2,
       "args": {"device": 0, "stream": 7, "bytes": 4096}},
      {"ph": "M", "name": "process_name", "args": {"name": "python"}}],
     "traceName": "x.json"}
    """
  /// The bare list of events, and AMD's kernels without a shape.
  static let kinetoBare = """
    [{"ph": "X", "cat": "Kernel", "name": "amd", "ts": 10, "dur": 2.5,
      "args": {"device": 3, "stream": 0, "correlation": 4, "kind": "Dispatch Kernel"}}]
    """
  /// What the recorder of `models/record` adds to a trace.
  static let kinetoRecorded = """
    {"gpuloom": {"model": "m", "batch": 4, "precision": "fp16_tensor", "weights_mib": 12.5,
      "workspace_mib": 1e0, "stack": "s \\"1\\""},
     "traceEvents": [
      {"ph": "X", "cat": "kernel", "name": "k", "ts": 1.5, "dur": 2.25, "args": {"device": 0,
       "stream": 7, "correlation": 1, "registers per thread": 8, "shared memory": 0,
       "grid": [2, 1, 1], "block": [32, 1, 1]}}]}
    """
  /// The same events as rows.
  static let kinetoRows = """
    gpu,seq,cat,name,grid_x,grid_y,grid_z,block_x,block_y,block_z,regs_per_thread,smem_bytes,\
    stream,start_us,duration_us,est_occ_pct,blocks_per_sm,bytes
    V100,0,kernel,"f<a, b>",4,106,1,128,1,1,30,0,7,0.0,4.928,33,5.3,
    V100,1,gpu_memcpy,Memcpy HtoD,,,,,,,,,7,9.5,1,,,256
    """
  /// A units row, launch numbers behind the names, KB of 1024.
  static let nvprof = """
    ==23641== NVPROF is profiling process 23641, command: ./main "x
    ==23641== Profiling result:
    "Start","Duration","Grid X","Grid Y","Grid Z","Block X","Block Y","Block Z",\
    "Registers Per Thread","Static SMem","Dynamic SMem","Size","Throughput","Device","Context",\
    "Stream","Name"
    ms,us,,,,,,,,KB,B,MB,GB/s,,,,
    515.301806,266.655000,,,,,,,,,,1.562500,5.722296,"GTX (0)","1","13","[CUDA memcpy HtoD]"
    515.852619,57.791000,1600,1,1,256,1,1,8,2.0,4,,,"GTX (0)","1","13","add(int, float*) [230]"
    """
  /// The count entry, a layer without time, averages over many runs.
  static let trtexec = """
    [ { "count" : 10 }
    , { "name" : "conv1 + relu", "timeMs" : 5.2224, "averageMs" : 0.52224, "percentage" : 90 }
    , { "name" : "Reformatting CopyNode", "timeMs" : 0, "averageMs" : 0, "percentage" : 0 }
    , { "name" : "pool", "timeMs" : 0.5, "averageMs" : 0.05, "percentage" : 10 } ]
    """
  /// Its graph.
  static let trtexecGraph = """
    {"Layers": [
     {"Name": "conv1 + relu", "LayerType": "CaskConvolution", "ParameterType": "Convolution",
      "Inputs": [{"Dimensions": [1, 3, 8, 8], "Format/Datatype": "Row major linear FP32"}],
      "Outputs": [{"Dimensions": [1, 4, 8, 8], "Format/Datatype": "Row major linear FP16"}],
      "OutMaps": 4, "Weights": {"Type": "Float", "Count": 108}, "TacticName": "scudnn_128x64"},
     {"Name": "pool", "LayerType": "TiledPooling", "Inputs": [], "Outputs": []}]}
    """
  /// Grids in work-items, the last work-group not full.
  static let rocprof = """
    "Index","KernelName","gpu-id","queue-id","queue-index","pid","tid","grd","wgr","lds","scr",\
    "arch_vgpr","accum_vgpr","sgpr","wave_size","sig","obj","DispatchNs","BeginNs","EndNs",\
    "CompleteNs","DurationNs"
    0,"copy(double*, int) [clone .kd]",2,0,0,1,1,1000,256,512,0,8,8,16,64,0x0,0x7f,5,100,350,9,250
    """
  /// Work-items in three dimensions, agents by name, a row that is no dispatch.
  static let rocprof3 = """
    "Kind","Agent_Id","Queue_Id","Kernel_Id","Kernel_Name","Correlation_Id","Start_Timestamp",\
    "End_Timestamp","LDS_Block_Size","Scratch_Size","VGPR_Count","Accum_VGPR_Count","SGPR_Count",\
    "Workgroup_Size_X","Workgroup_Size_Y","Workgroup_Size_Z","Grid_Size_X","Grid_Size_Y",\
    "Grid_Size_Z"
    "KERNEL_DISPATCH","Agent 7",1,16,"Cijk_Ailk.kd",3,200,260,0,0,24,0,16,16,4,1,64,10,2
    "MEMORY_COPY","Agent 7",1,0,"",4,300,310,0,0,0,0,0,0,0,0,0,0,0
    """
  /// Commas in names without quotes.
  static let orion = """
    Name,Profile,Memory_footprint,SM_usage,Duration
    Conv,1,0,98,100480
    singleread<float, (int)512, (bool)1>,0,0,64,40480
    loss,-1,0,1,3296
    """
  /// A name launched twice.
  static let reefModel = """
    {"storage": [{"name": "data", "size": 4, "stype": "float32"}],
     "kernels": [
      {"name": "conv", "launch_params": [4, 28, 1, 7, 4, 16], "args": [0]},
      {"name": "add", "launch_params": [256, 1, 1, 256, 1, 1], "args": [0]},
      {"name": "conv", "launch_params": [4, 28, 1, 7, 4, 16], "args": [0]}],
     "args": [0], "shared_memory": {"conv": 14596}}
    """
  /// Its times, one of a kernel never launched.
  static let reefProfile = """
    {"model_latency": 100, "kernel_latency": {
      "conv": {"total_latency": 62, "latency": [62, 74]},
      "add": {"total_latency": 14, "latency": []},
      "ghost": {"total_latency": 1, "latency": [1]}}}
    """
  /// N is the reduction; float noise; an operator whose kernel was not recorded.
  static let neusight = """
    OPName,Latency,Device,Torch Version,CUDNN Version,Kernel Name,Warps per SM,Blocks per SM,\
    Grid x,Grid y,Grid z,Block x,Block y,Block z,CUDA Version,Kernels,B,M,N,K
    linear,0.23900000000000002,Tesla P4,p2,8,"sgemm<a, b>",1,1,16,8,2,128,1,1,cu,;x,3,64,100,32
    bmm,0.05,Tesla P4,p2,8,,,,,,,,,,cu,,2,8,8,8
    """
  /// Entries that are no operators, one without time.
  static let neusightGraph = """
    op,target,_args,input_shapes,contiguous,latency,fw_latency,bw_latency,output_shape,dtype,Name
    placeholder,input_ids,"(a, b)",[],True,0.0,0.0,0,"(8, 512)",torch.int64,input_ids
    call_module,encoder_query,"(x,)","[[8, 512, 4]]",True,0.5,0.5,0,"(8, 512, 4)",torch.float32,q
    call_method,view,"(x,)","[[8, 512, 4]]",True,0.0,0.0,0,"(8, 512)",torch.float32,view
    output,output,"(x,)",[],True,0.0,0.0,0,"(8, 512)",torch.float32,output
    """
  /// A number of tokens measured twice.
  static let vidur = """
    time_stats.attn_pre_proj.min,time_stats.attn_pre_proj.median,time_stats.mlp_up_proj.median,\
    n_head,n_kv_head,n_embd,n_expanded_embd,vocab_size,use_gated_mlp,num_tokens,\
    num_tensor_parallel_workers
    1.7,1.911,3.3655,32,32,4096,11008,32768,True,4096,1
    0.5,0.6,1.1,32,32,4096,11008,32768,True,1024,1
    1.7,1.9,3.3,32,32,4096,11008,32768,True,4096,1
    """
  /// A split product of two kernels.
  static let gemmRows = """
    gpu,op,m,n,k,batch,dtype,latency_ms,kernel,grid_x,grid_y,grid_z,block_x,block_y,block_z,n_kernels
    P4,linear,273,116,141,1,fp32,0.0614187,maxwell_sgemm_128x32_tn,1,9,2,256,1,1,2
    """

  /// Every format with a file of it.
  static let all: [(name: String, text: String)] = [
    ("nsys", nsys), ("nsysLegacy", nsysLegacy), ("ncuDetails", ncuDetails), ("ncuRaw", ncuRaw),
    ("kineto", kineto), ("kinetoBare", kinetoBare), ("kinetoRecorded", kinetoRecorded),
    ("kinetoRows", kinetoRows),
    ("nvprof", nvprof), ("trtexec", trtexec), ("rocprof", rocprof), ("rocprof3", rocprof3),
    ("orion", orion), ("neusight", neusight), ("neusightGraph", neusightGraph), ("vidur", vidur),
    ("gemmRows", gemmRows),
  ]
}
