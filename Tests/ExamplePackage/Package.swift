// swift-tools-version: 6.0
import PackageDescription

// A package of one's own around GPULoom: a policy and the one line that starts the tool with it.
let package = Package(
  name: "ExamplePackage",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "GPULoom", path: "../..")],
  targets: [
    .executableTarget(
      name: "ExampleTool", dependencies: [.product(name: "GPULoom", package: "GPULoom")])
  ],
  swiftLanguageModes: [.v6]
)
