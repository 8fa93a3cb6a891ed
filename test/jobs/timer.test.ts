import { FILE } from "../store/contract/stage.ts";
import { jobsContract } from "./contract.ts";

jobsContract(FILE);
