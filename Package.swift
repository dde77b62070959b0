// swift-tools-version: 6.0
import PackageDescription

// Modules import only what is listed here; `Tests/TidyTests` holds the table against the sources.
let modules: [(name: String, imports: [String])] = [
  ("SimBasics", []),
  ("Tables", ["SimBasics"]),
  ("EventEngine", ["SimBasics"]),
  ("GPUModel", ["SimBasics", "Tables"]),
  ("Workloads", ["SimBasics", "Tables"]),
  ("KernelData", ["SimBasics", "Tables", "GPUModel"]),
  ("Policies", ["SimBasics", "GPUModel", "Workloads"]),
  ("Simulation", ["SimBasics", "Tables", "EventEngine", "GPUModel", "Workloads", "Policies"]),
  ("Metrics", ["SimBasics", "Workloads", "Simulation"]),
  ("Reports", ["SimBasics", "Metrics"]),
]

let package = Package(
  name: "GPULoom",
  // On Apple's systems: 128-bit integers and Synchronization. Linux needs nothing of the kind.
  platforms: [.macOS(.v15)],
  products: [.executable(name: "gpuloom", targets: ["gpuloom"])],
  targets: modules.map { module in
    .target(name: module.name, dependencies: module.imports.map { .target(name: $0) })
  } + [
    .executableTarget(
      name: "gpuloom", dependencies: modules.map { .target(name: $0.name) })
  ] + [
    .target(name: "TestSupport", dependencies: ["SimBasics", "Tables"], path: "Tests/TestSupport")
  ]
    + modules.map { module in
      .testTarget(
        name: module.name + "Tests",
        dependencies: (module.imports + [module.name, "TestSupport"]).map { .target(name: $0) })
    } + [
      .testTarget(name: "EndToEndTests", dependencies: ["TestSupport", "Tables", "gpuloom"]),
      .testTarget(name: "TidyTests", dependencies: ["TestSupport"]),
    ],
  swiftLanguageModes: [.v6]
)
