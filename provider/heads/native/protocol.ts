import type * as Grpc from "@grpc/grpc-js";
import type * as PluginMessages from "@pulumi/pulumi/proto/plugin_pb";
import type * as ProviderService from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as ProviderMessages from "@pulumi/pulumi/proto/provider_pb";
import type * as StatusMessages from "@pulumi/pulumi/proto/status_pb";
import type * as Anys from "google-protobuf/google/protobuf/any_pb";
import type * as Empties from "google-protobuf/google/protobuf/empty_pb";
import type * as Structs from "google-protobuf/google/protobuf/struct_pb";
import { ofPulumi } from "../ofPulumi";

/** The files of Pulumi's protocol, and the libraries under them. The SDK's own server is not used: it can't import (see DESIGN.md). */
export const grpc = ofPulumi<typeof Grpc>("@grpc/grpc-js");
export const { ResourceProviderService } = ofPulumi<typeof ProviderService>("@pulumi/pulumi/proto/provider_grpc_pb.js");
export const messages = ofPulumi<typeof ProviderMessages>("@pulumi/pulumi/proto/provider_pb.js");
export const { PluginInfo } = ofPulumi<typeof PluginMessages>("@pulumi/pulumi/proto/plugin_pb.js");
export const { Status } = ofPulumi<typeof StatusMessages>("@pulumi/pulumi/proto/status_pb.js");
export const { Any } = ofPulumi<typeof Anys>("google-protobuf/google/protobuf/any_pb.js");
export const { Empty } = ofPulumi<typeof Empties>("google-protobuf/google/protobuf/empty_pb.js");
export const structs = ofPulumi<typeof Structs>("google-protobuf/google/protobuf/struct_pb.js");
