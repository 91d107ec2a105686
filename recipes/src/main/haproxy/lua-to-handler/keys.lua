local plans = {
	["k-4711"] = { name = "gold", requests = 100 },
	["k-0815"] = { name = "free", requests = 10 },
}

core.register_action("find_plan", { "http-req" }, function(txn)
	local plan = plans[txn.sf:req_hdr("x-api-key")]
	if plan then
		txn:set_var("txn.key.plan", plan.name)
		txn:set_var("txn.key.requests", plan.requests)
	end
end)
