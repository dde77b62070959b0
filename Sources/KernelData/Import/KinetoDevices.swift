import Tables

extension KinetoReader {
  /// Reads `deviceProperties`.
  func readDevices() throws(InputError) {
    try json.enterArray()
    while try json.nextElement() {
      var device = ProfileDevice(id: "")
      var major = ""
      var minor = ""
      try json.enterObject()
      while try json.nextKey() {
        if json.textIs("id") {
          device.id = try scalarText()
        } else if json.textIs("name") {
          device.name = try scalarText()
        } else if json.textIs("totalGlobalMem") {
          device.memoryBytes = try integer()
        } else if json.textIs("computeMajor") {
          major = try scalarText()
        } else if json.textIs("computeMinor") {
          minor = try scalarText()
        } else if json.textIs("maxThreadsPerMultiprocessor") {
          device.threadsPerSM = try integer().map(Int.init)
        } else if json.textIs("regsPerMultiprocessor") {
          device.registersPerSM = try integer().map(Int.init)
        } else if json.textIs("warpSize") {
          device.warpSize = try integer().map(Int.init)
        } else if json.textIs("sharedMemPerMultiprocessor")
          || json.textIs("maxSharedMemoryPerMultiProcessor")
        {
          device.sharedMemoryPerSM = try integer().map(Int.init)
        } else if json.textIs("sharedMemPerBlockOptin") {
          device.sharedMemoryPerBlock = try integer().map(Int.init)
        } else if json.textIs("numSms") {
          device.smCount = try integer().map(Int.init)
        } else {
          try json.skip()
        }
      }
      // AMD reports its gfx number there, which is no compute capability of CUDA's.
      if !major.isEmpty, device.warpSize != 64 { device.computeCapability = major + "." + minor }
      into.describe(device)
    }
  }
}
