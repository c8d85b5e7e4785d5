/* golden_losses.h - values and gradients of the losses, by tests/golden/losses.py
 * SPDX-License-Identifier: MIT
 *
 * Made with NumPy 1.24.2 and torch 1.13.0a0, in float64. */
/* clang-format off */
static const struct golden golden[] = {
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.18096018486079235,
   0.2556262582751536}, .dot = {-0.3413834998055514, 0.3277386620761339, 0.2996247000587901,
   -0.29687817521513915}, .norm = 0.3472821275256526},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.07198747273973301,
   0.2229753751701513}, .dot = {-0.1260705445640729, 0.11538372737873756, 0.1308764621555273,
   -0.13624145127345105}, .norm = 0.16060691784433845},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.11642721182664624,
   0.20023678877742473}, .dot = {-0.24091021135513407, 0.01905634456187212, 0.16762710861760433,
   -0.05786514918503519}, .norm = 0.16178566528503469},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.18194361796705347,
   0.16923567229132147}, .dot = {-0.20496847917597244, 6.327347256489257e-05, 0.0908808172904621,
   0.08956761131987573}, .norm = 0.12126914682511382},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.5552378503098381,
   4.584007062502435}, .dot = {0.17843241738771431, -0.9983430762187329, 0.03183050677739713,
   1.3488281308423566}, .norm = 1.4902680960984045},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.6593149152153176,
   2.9373760838213734}, .dot = {0.7060620647038367, 0.07322765851610269, -0.040993540625697766,
   0.19263147690473248}, .norm = 0.7937236903227018},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.8771233737656075,
   2.819113743525227}, .dot = {0.7797202563988783, 0.016273634679972532, 0.08164143778726585,
   0.009585752142530823}, .norm = 0.7676929491315705},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.9690765424201478,
   2.6107198635103956}, .dot = {0.38668238644949915, 0.20848406256301766, 0.4485079696449126,
   -0.3157190864097301}, .norm = 0.6148645224238783},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.18096018486079235, 0.2556262582751536}, .dot = {-0.3413834998055514, 0.3277386620761339,
   0.2996247000587901, -0.29687817521513915}, .norm = 0.3472821275256526},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.1619596959725517, 0.27014670410391456}, .dot = {-0.09870172408777791, 0.22628170999929142,
   0.050524434167236315, -0.14024923496673936}, .norm = 0.2534078681838111},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.206971729032355, 0.24885475929609857}, .dot = {-0.3355041831558562, 0.046895646315543715,
   0.1640574849811936, -0.05198065854362882}, .norm = 0.2630121990175962},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.2376359760023078, 0.23885793725850885}, .dot = {-0.28726673833029326, 0.007692233094979101,
   0.08791455238015167, 0.169225955421003}, .norm = 0.16719682359424629},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.5552378503098381, 4.584007062502435}, .dot = {0.17843241738771431, -0.9983430762187329,
   0.03183050677739713, 1.3488281308423566}, .norm = 1.4902680960984045},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {1.483336514540585, 3.907345130635925}, .dot = {1.5974346671990038, 0.703815231846392,
   0.06499423640899982, 1.81325298235513}, .norm = 2.541161221460483},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {1.5592479475554308, 3.7419570464116454}, .dot = {1.3878152660341971, 0.03548241219825682,
   -0.0698612529016952, 1.020927034814303}, .norm = 1.6819991169627464},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {1.265690556610639, 3.4886977758275792}, .dot = {0.2728641009715511, 0.23180667600391175,
   0.6321931256289329, 0.04665649104489675}, .norm = 0.9836393387164117},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {0.9096055620115092,
   0.22983147052015837}, .dot = {-0.6439570626843373, 0.8966820061243319, 0.8251340524798082,
   -0.40339581791743406}, .norm = 0.7305244824404026},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {1.6682263506456287,
   0.2229753751701513}, .dot = {-0.39518900053308226, 1.232387391667665, 0.11450882106254506,
   -0.46178567552748756}, .norm = 1.049532368716677},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {2.7587416268997194,
   0.20023678877742473}, .dot = {-1.012800431952539, 0.4360808715635318, 0.41585682926459455,
   -0.19012138965983205}, .norm = 1.4293093571870599},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_OFFICIAL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {7.145026114212113,
   0.16923567229132147}, .dot = {-3.0831592807989043, 0.37248353994273153, 0.32682969688350705,
   1.9597081849829856}, .norm = 2.2798620121449424},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {1.9652411538411796,
   3.8287944010889468}, .dot = {0.09891017727969315, -1.1758171479421766, 0.5244352203054161,
   1.054757060259398}, .norm = 1.5142201529909562},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {5.7753869015212995,
   2.9373760838213734}, .dot = {1.1053318733806203, 0.7746054062363458, -0.40093874117328376,
   3.7794584719861826}, .norm = 2.9923682745384292},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {8.674504173942188,
   2.819113743525227}, .dot = {1.0390129001666413, -0.5144689956043513, -1.1510139023258588,
   4.972550589865406}, .norm = 3.684266693294955},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_OFFICIAL,
   .beta = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {19.848658528634097,
   2.6107198635103956}, .dot = {-2.758960223625548, -2.2985630173624476, 2.9373276578033423,
   5.001624084879378}, .norm = 6.953830893273593},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.9591953108569397, 0.2578736029495068},
   .dot = {-0.5070374545311669, -0.7919768590268945, -0.29321097613125313, -1.017854317379394},
   .norm = 1.4114742935145703},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.7056681892787405, 0.1773102196482071},
   .dot = {-0.016938172239901364, -0.702217236030618, 0.05841363469993602, -0.6190632065875596},
   .norm = 0.7402790344292671},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.6754722230376541, 0.1481219049024859},
   .dot = {-0.09902579036908511, -0.5722434126886454, 0.12350476275708462, -0.4178351588193422},
   .norm = 0.5136122558048831},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.602075229590359, 0.12389957632650304},
   .dot = {-0.006881546891451061, -0.11527664640907632, -0.09731388331822352,
   -0.01951667994361171}, .norm = 0.2754442718437959},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {2.282726626823173, 5.321705759607074},
   .dot = {-1.480409461146124, -1.1339389162071714, -0.49935866454379807, 1.4338963119925445},
   .norm = 4.043576293391321},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {2.8892245987465426,
   3.0049093928133273}, .dot = {0.3146671934315892, 0.11044643044059188, 0.8115744474892539,
   1.5664288760109681}, .norm = 2.614154436618733},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {3.1173880050523612,
   2.7049373955350737}, .dot = {0.10824048443255321, 0.28405317799674856, 0.6769734597808155,
   1.366077571915822}, .norm = 2.0576999907826776},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {2.8068308229089483, 2.25255461321132},
   .dot = {-0.08005187951516113, 0.16209811477213207, -0.05421347258271153, 0.6661863809288676},
   .norm = 0.9567725118320429},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.9591953108569397, 0.2578736029495068}, .dot = {-0.5070374545311669, -0.7919768590268945,
   -0.29321097613125313, -1.017854317379394}, .norm = 1.4114742935145703},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.6894702040386654, 0.23816970875434437}, .dot = {0.05827610860165304, -0.3361656409135215,
   -0.09256678698717902, -0.799876594816305}, .norm = 0.7077981638455609},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.700356433244985, 0.19800784920917658}, .dot = {-0.1057102944140965, -0.39041848982170974,
   0.06636324973917393, -0.4696077149941815}, .norm = 0.5153806815787073},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.6288455728418975, 0.18703118338348426}, .dot = {-0.0791008260061437, -0.06118782604255711,
   -0.1038815872175254, 0.02301911931360423}, .norm = 0.28894821838610046},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {2.282726626823173, 5.321705759607074}, .dot = {-1.480409461146124, -1.1339389162071714,
   -0.49935866454379807, 1.4338963119925445}, .norm = 4.043576293391321},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {3.199190061815731, 3.589246611438091}, .dot = {0.7916257922500719, 0.14100769798262158,
   0.6574977764648049, 2.618145937126105}, .norm = 2.703172701480192},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {3.3377195782480626, 3.2391777632441654}, .dot = {0.10636604668329586, -0.08579709270680452,
   0.4471805763406011, 2.2032963858966417}, .norm = 2.114176800613217},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {2.8898968892860437, 2.7848699421095686}, .dot = {-0.17994140294423222, 0.07003449524278799,
   -0.236866072367113, 0.9576655305570778}, .norm = 1.008311002861852},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {0.8774852511338188, 0.21552855145593444,
   0.12509667448390077}, .dot = {-0.7920726942028742, 0.30780541257978833, 0.8923192487864439,
   -0.09014630706611004}, .norm = 0.7603040949766847},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {1.631691904008214, 0.1773102196482071,
   0.07177748021023866}, .dot = {-0.7916707078736671, 0.5069515928557826, 0.23312666969122464,
   -0.12590610856231688}, .norm = 0.9787088274514262},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {2.407574831670235, 0.1481219049024859,
   0.06899055337154744}, .dot = {-1.058124996343096, 0.19810902213140535, 0.30837542229965775,
   0.08025111772888893}, .norm = 1.177967167063388},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {6.146968014193321, 0.12389957632650304,
   0.057626441723250627}, .dot = {-2.6327344050194945, 0.7216337392163977, -0.31113315394254076,
   1.852449049757995}, .norm = 1.8750586917110936},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {1.464435439614023, 4.479790995163794,
   0.25188116024886176}, .dot = {-2.043611608952854, 0.16692763188355397, -0.7664780983845256,
   -0.28865609344145876}, .norm = 2.9405901012207214},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {3.146986733825791, 3.0049093928133273,
   0.33113492234644115}, .dot = {-0.5243125033898617, 0.29526692160599793, -0.21244730448643911,
   1.0442211574248432}, .norm = 2.3849017827756445},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {4.5665287274906685, 2.7049373955350737,
   0.35211044035182687}, .dot = {-1.2741267527282902, -0.6725392514792806, -0.09235918407962984,
   1.7220504190839718}, .norm = 2.4794289232608353},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {10.815488077685002, 2.25255461321132,
   0.3048039907743439}, .dot = {-2.6011469645386613, -0.7937774437868447, -0.6392947524765841,
   3.6760932055563527}, .norm = 3.367230750469206},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.3453962841231602,
   0.20096554970750677}, .dot = {-0.2927895560385246, 0.2534309092049306, 0.23950563655102527,
   -0.34777574939483596}, .norm = 0.46860228197859577},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.18335404236270267,
   0.17042542652474646}, .dot = {-0.13077398161832846, 0.038295925904790834, 0.1171574443458521,
   -0.06600181695271111}, .norm = 0.21527139103537643},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.2448203915513572,
   0.1603257141224005}, .dot = {-0.26102952816265845, -0.04130642275841942, 0.11987012826145232,
   -0.030400259005743696}, .norm = 0.21343989214508266},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.3958774335183162,
   0.1362085623707435}, .dot = {-0.25876100110955624, -0.0017246582191406106, 0.03390822988658458,
   0.1358423856457257}, .norm = 0.18411167999860067},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {2.102443718408205, 2.949279375077999},
   .dot = {0.010441256812984079, -1.1975454078869803, 0.7056568888064729, 2.544268429586886},
   .norm = 2.1802888565798924},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {1.5377876322004855,
   1.9247017535978848}, .dot = {0.4670781162442386, 0.09814568513538455, -0.17715605517445354,
   0.2615398584676843}, .norm = 0.6378667713502675},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {1.7200788227321813, 1.88548175097854},
   .dot = {0.34664418674699465, -0.10053296003564541, -0.03814285054585942, 0.2841932890717178},
   .norm = 0.5470407216678412},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {1.810434392529878,
   1.9272105580128525}, .dot = {0.20023775894864004, -0.13159692465429612, 0.2991880447632518,
   0.21752189584283238}, .norm = 0.44035979784737056},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.3453962841231602, 0.20096554970750677}, .dot = {-0.2927895560385246, 0.2534309092049306,
   0.23950563655102527, -0.34777574939483596}, .norm = 0.46860228197859577},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.2947968147213955, 0.2240407323594216}, .dot = {-0.08648610664713852, 0.18220160277197425,
   0.0061498370744720865, -0.0492106191975116}, .norm = 0.3924306361282874},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.35111026320755195, 0.21247443454329396}, .dot = {-0.3183434216935068, 0.0031035197998086073,
   0.08195892575587002, -0.06938206808599563}, .norm = 0.34021010769187754},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.45846332900183506, 0.21047724424813485}, .dot = {-0.36806369372010683, 0.026354690380675092,
   -0.007440753894792176, 0.2330261740806351}, .norm = 0.23829480558735344},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {2.102443718408205, 2.949279375077999}, .dot = {0.010441256812984079, -1.1975454078869803,
   0.7056568888064729, 2.544268429586886}, .norm = 2.1802888565798924},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {2.527923618956087, 2.6794718019063684}, .dot = {0.49657182202958017, 0.04437130910025627,
   -0.3056542097487495, 1.5582697525775726}, .norm = 1.8932551552410957},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {2.4686177087114656, 2.6034348571215498}, .dot = {-0.028722083250992597, -0.5469050342492391,
   -0.03390765920544625, 1.3753668105816748}, .norm = 1.2060900596942763},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {2.089521027097234, 2.5914479686720537}, .dot = {0.010269418691967472, -0.3348237145704399,
   0.36533565361092973, 0.5659818788088589}, .norm = 0.6706014444083171},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {0.895005451515017, 0.1826996449513811},
   .dot = {-0.40709919341668693, 0.4635502542795876, 0.5775260914624054, -0.35161212542330783},
   .norm = 0.7284585265386938},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {1.749457379521886,
   0.17042542652474646}, .dot = {-0.14087263888866397, 0.9377450949527673, 0.006158125598353437,
   0.029648536742811815}, .norm = 1.1854764643676514},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {2.9107739290054164,
   0.1603257141224005}, .dot = {-0.6595219145854965, 0.37318330864821414, 0.0982016170532323,
   -0.12647886055905044}, .norm = 1.4330145324829613},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 7, .d = 5, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {8.363582000918585, 0.1362085623707435},
   .dot = {-3.3700816636299775, 0.40472372085867925, -0.2284869939587692, 2.2616601776848224},
   .norm = 2.4829096806395055},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {3.0619550028279057, 2.266980162253691},
   .dot = {-0.2819319977400322, -0.9947593568352443, 0.6602616835008968, 2.2086544139622393},
   .norm = 1.4882831117898214},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {7.434774142722217, 1.9247017535978848},
   .dot = {-0.5059348414929543, 0.8997298515114863, 0.1490299114472876, 3.139936663200353}, .norm
   = 2.6761157493584777},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 4, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {11.257876025138971, 1.88548175097854},
   .dot = {-1.9199458599793398, 0.19077226796605784, -0.3295314655599767, 4.12478567477919}, .norm
   = 3.2552374365788155},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 8, .n = 4, .d = 11, .bt_norm = NAI_BT_FASTSSL, .beta
   = 0.125, .bt_form = NAI_BT_EQ10}, .terms = 2, .value = {25.448974810688334,
   1.9272105580128525}, .dot = {-3.7524237037050985, -0.9660688012134488, 2.079881530336068,
   5.580102549563213}, .norm = 5.269313366047982},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .over_d = true, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.19183906217138794,
   0.051574720589901354}, .dot = {-0.10140749090623333, -0.15839537180537888,
   -0.05864219522625058, -0.2035708634758788}, .norm = 0.2822948587029141},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .over_d = true, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.14113363785574812,
   0.03546204392964142}, .dot = {-0.003387634447980254, -0.14044344720612362, 0.01168272693998721,
   -0.12381264131751195}, .norm = 0.14805580688585343},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .over_d = true, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.2075206024384703,
   0.48379143269155217}, .dot = {-0.1345826782860113, -0.10308535601883384, -0.0453962422312544,
   0.13035421018114035}, .norm = 0.36759784485375646},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .over_d = true, .bt_form = NAI_BT_CROSS}, .terms = 2, .value = {0.2626567817042311,
   0.2731735811648479}, .dot = {0.02860610849378087, 0.010040584585508286, 0.07377949522629582,
   0.14240262509190618}, .norm = 0.23765040332897572},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .over_d = true, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.19183906217138794, 0.051574720589901354}, .dot = {-0.10140749090623333,
   -0.15839537180537888, -0.05864219522625058, -0.2035708634758788}, .norm = 0.2822948587029141},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .over_d = true, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.1378940408077331, 0.04763394175086887}, .dot = {0.011655221720330641, -0.06723312818270431,
   -0.018513357397435794, -0.15997531896326098}, .norm = 0.14155963276911218},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .over_d = true, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.2075206024384703, 0.48379143269155217}, .dot = {-0.1345826782860113, -0.10308535601883384,
   -0.0453962422312544, 0.13035421018114035}, .norm = 0.36759784485375646},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .over_d = true, .bt_form = NAI_BT_CROSS, .leave_one_out = true}, .terms = 2, .value =
   {0.29083546016506645, 0.3262951464943719}, .dot = {0.07196598111364301, 0.0128188816347838,
   0.05977252513316408, 0.23801326701146414}, .norm = 0.24574297286183566},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .over_d = true, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {0.17549705022676376,
   0.043105710291186886, 0.025019334896780154}, .dot = {-0.15841453884057483, 0.06156108251595767,
   0.1784638497572887, -0.018029261413222017}, .norm = 0.15206081899533694},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 7, .d = 5, .bt_norm = NAI_BT_THESIS, .beta =
   0.125, .over_d = true, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {0.3263383808016428,
   0.03546204392964142, 0.014355496042047732}, .dot = {-0.1583341415747334, 0.10139031857115656,
   0.046625333938244945, -0.025181221712463363}, .norm = 0.19574176549028524},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .over_d = true, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {0.1331304945103657,
   0.4072537268330722, 0.02289828729535107}, .dot = {-0.18578287354116854, 0.015175239262141302,
   -0.06967982712586596, -0.02624146304013257}, .norm = 0.26732637283824745},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 4, .d = 11, .bt_norm = NAI_BT_THESIS, .beta
   = 0.125, .over_d = true, .bt_form = NAI_BT_EQ10}, .terms = 3, .value = {0.2860897030750719,
   0.2731735811648479, 0.03010317475876738}, .dot = {-0.047664773035442004, 0.026842447418727086,
   -0.019313391316949008, 0.0949291961295312}, .norm = 0.21680925297960407},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {9.846749863422307,
   1.2381234826390701, 1.5815846530269546}, .dot = {-5.393118851272121, 3.9145252132251365,
   6.3527341825111705, 2.6307528366047297}, .norm = 7.933235973976685},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {2.9395021467788793,
   2.2739581214876186, 1.3192369744273287}, .dot = {-0.7590862666494372, 0.5091833105145651,
   -0.37303022722351853, -0.3961618015731035}, .norm = 2.56874455034864},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {3.3676852592009423,
   2.4739483388550885, 1.1710914949079558}, .dot = {-2.003984354203731, -0.8480365278159954,
   -0.018177196941324802, 0.18659631962041656}, .norm = 2.2517868436125945},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {4.2425346922859,
   2.624937391781268, 1.176854776310272}, .dot = {-2.4282866384057953, 0.5995356842338952,
   -0.7605242397024842, 1.151927539413126}, .norm = 1.6759699870549083},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {10.24082212002391,
   2.584786616829979, 11.079895672462351}, .dot = {-6.294753569519226, -1.1353226197383623,
   3.442768464160364, 4.125117356231021}, .norm = 9.238118563291946},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {3.5711334491769198,
   3.8697877133839933, 8.797628087296037}, .dot = {-2.647822055750349, 1.7854274925098919,
   -0.4611104336437737, 0.2856027837103205}, .norm = 4.377288589112067},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {3.8976507665449476,
   4.199741417296675, 8.153779731617039}, .dot = {-2.2094176718697742, 1.2125048734601802,
   -0.01739374982203057, 0.49366943712255457}, .norm = 3.6090967160204572},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {4.380429242830189,
   4.426184961160287, 7.6362682726119395}, .dot = {-1.9446423362139433, 0.9907123129691856,
   -0.5151616958902403, 1.7903949960239376}, .norm = 2.526378061269174},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {9.846749863422307, 1.2381234826390701, 1.5815846530269546}, .dot = {-5.393118851272121,
   3.9145252132251365, 6.3527341825111705, 2.6307528366047297}, .norm = 7.933235973976685},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {6.613879830252478, 2.2739581214876186, 1.3192369744273287}, .dot = {-1.9838310422791734,
   1.7965938191004787, -0.6644811544431337, -0.11950361867544446}, .norm = 4.348570794535295},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {5.98699601635723, 2.4739483388550885, 1.1710914949079558}, .dot = {-2.8676130974858474,
   -0.7635174732732093, 0.1310417579176224, 0.3413932661187663}, .norm = 3.231488143778397},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 7, .d = 5, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {5.541269802169339, 2.624937391781268, 1.176854776310272}, .dot = {-3.0028951704028044,
   0.6296170079789306, -0.7642314874534215, 1.4463371006428467}, .norm = 1.9692015141734622},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {10.24082212002391, 2.584786616829979, 11.079895672462351}, .dot = {-6.294753569519226,
   -1.1353226197383623, 3.442768464160364, 4.125117356231021}, .norm = 9.238118563291946},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {8.03505026064807, 3.8697877133839933, 8.797628087296037}, .dot = {-4.443790927556593,
   2.5637284956323225, 0.1751222948117397, 1.181117812470764}, .norm = 5.754776205825813},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {6.92915691830213, 4.199741417296675, 8.153779731617039}, .dot = {-3.525334907724043,
   1.0861837336655822, 0.3175030576889464, 1.2836615003295533}, .norm = 4.369161092126263},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 4, .d = 11, .vicreg = NAI_VICREG_OFFICIAL,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {5.721376970227186, 4.426184961160287, 7.6362682726119395}, .dot = {-2.3777205748294197,
   1.0709287868319972, -0.41479979397525735, 2.151388476508277}, .norm = 2.762745518752276},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS, .inv
   = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {49.23374931711154, 1.2381234826390701,
   0.7907923265134773}, .dot = {-21.4746157160724, 24.33275550032788, 26.154236257839237,
   9.852375694746167}, .norm = 37.55389838121435},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS, .inv
   = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {14.697510733894397, 2.2739581214876186,
   0.6596184872136643}, .dot = {-4.150900139347528, 4.5181163804568865, -1.8125961104205954,
   0.537229943940221}, .norm = 8.634304606215334},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS, .inv
   = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {16.83842629600471, 2.4739483388550885,
   0.5855457474539779}, .dot = {-6.089697897872012, -0.5119666427340164, 0.2271878031799821,
   1.0446429487900954}, .norm = 7.876377448814653},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS, .inv
   = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {21.2126734614295, 2.624937391781268,
   0.588427388155136}, .dot = {-9.67463336572297, 0.9464097386360408, -1.0957829512696375,
   4.857114177510227}, .norm = 6.1671560265490495},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {112.64904332026302,
   2.584786616829979, 5.539947836231176}, .dot = {-39.25652921803707, -14.75129135638046,
   56.11916859832631, 57.02558376029995}, .norm = 75.36032071605256},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {39.28246794094612,
   3.8697877133839933, 4.398814043648018}, .dot = {-16.47234275497367, 7.700637333280531,
   5.149453561922703, 7.22171565363648}, .norm = 18.39775442615369},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {42.874158431994424,
   4.199741417296675, 4.0768898658085195}, .dot = {-18.588801392057285, -0.5975279624429941,
   4.585977009954902, 10.46183389937192}, .norm = 16.553663392596174},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value = {48.18472167113208,
   4.426184961160287, 3.8181341363059698}, .dot = {-15.56731385782805, 3.267717129873511,
   3.579875670456509, 12.900287569318886}, .norm = 12.488152864346832},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {49.23374931711154, 1.2381234826390701, 0.7907923265134773}, .dot = {-21.4746157160724,
   24.33275550032788, 26.154236257839237, 9.852375694746167}, .norm = 37.55389838121435},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {33.069399151262395, 2.2739581214876186, 0.6596184872136643}, .dot = {-10.274624017496206,
   10.955168923386456, -3.269850746518673, 1.9205208584285167}, .norm = 18.989257572837964},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {29.93498008178615, 2.4739483388550885, 0.5855457474539779}, .dot = {-10.407841614282596,
   -0.08937137002008555, 0.9732825774747205, 1.818627681281844}, .norm = 13.834753829535128},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 7, .d = 5, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {27.706349010846694, 2.624937391781268, 0.588427388155136}, .dot = {-12.547676025708014,
   1.096816357361218, -1.1143191900243248, 6.329161983658831}, .norm = 8.025536921959848},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {112.64904332026302, 2.584786616829979, 5.539947836231176}, .dot = {-39.25652921803707,
   -14.75129135638046, 56.11916859832631, 57.02558376029995}, .norm = 75.36032071605256},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {88.38555286712877, 3.8697877133839933, 4.398814043648018}, .dot = {-36.22800034484236,
   16.261948367627266, 12.148013574933342, 17.072380970001355}, .norm = 40.95002357444606},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 4, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {76.22072610132344, 4.199741417296675, 4.0768898658085195}, .dot = {-33.06389098645423,
   -1.9870605001835937, 8.269841892575645, 19.151746594648905}, .norm = 29.2462264209551},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 8, .n = 4, .d = 11, .vicreg = NAI_VICREG_THESIS,
   .leave_one_out = true, .inv = 25.0, .var = 24.0, .cov = 1.5}, .terms = 3, .value =
   {62.935146672499044, 4.426184961160287, 3.8181341363059698}, .dot = {-20.331174482598307,
   4.1500983423644335, 4.683856591521306, 16.87121585464662}, .norm = 16.232383284506792},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 7, .d = 5, .temperature = 0.5}, .terms = 2,
   .value = {-1.7007421001484995, 3.002060388701352}, .dot = {-0.1442286089602806,
   0.13891925203381222, 0.29754920713408656, -0.04760699343590126}, .norm = 0.24160063574982027},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 7, .d = 5, .temperature = 0.5}, .terms = 2,
   .value = {-1.7091961256941237, 3.4893780716243934}, .dot = {0.014457958578438214,
   0.18639152195082065, 0.06762891077313601, 0.06004935908484897}, .norm = 0.1948144165428052},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 7, .d = 5, .temperature = 0.5}, .terms = 2,
   .value = {-1.6753146789643483, 3.819795966313187}, .dot = {-0.0276273556084511,
   0.08775689515297574, 0.03211485634975192, 0.03486611077815634}, .norm = 0.16132893039265028},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 7, .d = 5, .temperature = 0.5}, .terms = 2,
   .value = {-1.585462527323617, 4.525368824249769}, .dot = {-0.1315163562026062,
   0.05600436673858171, -0.006978959313298779, 0.11512259801745056}, .norm = 0.12039377114591443},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 4, .d = 11, .temperature = 0.5}, .terms = 2,
   .value = {-1.5659076175897266, 2.3932624566221437}, .dot = {-0.031763973911048876,
   -0.004697486658352384, -0.0681302747371019, 0.33817124295043755}, .norm = 0.21680903393481618},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 4, .d = 11, .temperature = 0.5}, .terms = 2,
   .value = {-1.5106238160423293, 2.900488757409313}, .dot = {-0.025240325154825844,
   0.18133325141876966, -0.09589359436986981, 0.16716195052909286}, .norm = 0.15723780047040994},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 4, .d = 11, .temperature = 0.5}, .terms = 2,
   .value = {-1.4958822465434785, 3.2444115703361582}, .dot = {-0.05059371673703321,
   0.07734632074883002, -0.1177355183724373, 0.1587050125982738}, .norm = 0.1309338448497055},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 4, .d = 11, .temperature = 0.5}, .terms = 2,
   .value = {-1.5112048923259707, 4.033513380160049}, .dot = {-0.03182646751513496,
   0.024921916336935628, 0.003704512186331329, 0.06708611680175648}, .norm = 0.07921713890525812},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 7, .d = 5, .temperature = 0.05}, .terms = 2,
   .value = {-17.00742100148499, 17.120256184491602}, .dot = {-0.721283701761972,
   1.0932310845220414, 0.6775728651166454, 0.6100517764860931}, .norm = 0.7533747977672532},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 7, .d = 5, .temperature = 0.05}, .terms = 2,
   .value = {-17.091961256941243, 18.197890738233387}, .dot = {-0.5287467860383241,
   1.751411003145928, -0.12373764019567557, 0.46550213253961725}, .norm = 0.9006484023970399},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 7, .d = 5, .temperature = 0.05}, .terms = 2,
   .value = {-16.753146789643488, 18.617013364570006}, .dot = {-0.6951259397298997,
   0.46999983910795634, 0.18446094692505202, 0.5084500041609308}, .norm = 0.9548552877131699},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 7, .d = 5, .temperature = 0.05}, .terms = 2,
   .value = {-15.854625273236177, 19.241634175105332}, .dot = {-1.1609616002487053,
   0.3735352705584174, 0.12547931183019964, 0.8665158528979084}, .norm = 0.9304234288113853},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 4, .d = 11, .temperature = 0.05}, .terms =
   2, .value = {-15.659076175897267, 15.660359540149631}, .dot = {0.005648445445757146,
   0.0014908202144231176, -0.004103413029180207, 0.0051098555884175325}, .norm =
   0.010212617260830267},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 4, .d = 11, .temperature = 0.05}, .terms =
   2, .value = {-15.106238160423294, 16.134578621630542}, .dot = {-0.24698322339387785,
   0.5348598059926182, -0.3494900236048931, -0.18266332635424842}, .norm = 0.9390788495282365},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 4, .d = 11, .temperature = 0.05}, .terms =
   2, .value = {-14.958822465434785, 16.66195882814566}, .dot = {-0.6837180187686387,
   0.3013823266563199, -0.597677694257497, 0.7898284116591813}, .norm = 0.8519661408058957},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 4, .d = 11, .temperature = 0.05}, .terms =
   2, .value = {-15.112048923259705, 17.919022589436853}, .dot = {-0.7449547971938696,
   0.109809888210297, 0.11138008241497752, 0.8407739167975541}, .norm = 0.59344418188098},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.5}, .terms = 2, .value = {-1.7007421001484995, 2.6646301199833755}, .dot =
   {-0.18491208529653533, 0.16524907022276797, 0.3921933347883316, -0.09114207401494726}, .norm =
   0.32466299164142715},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.5}, .terms = 2, .value = {-1.7091961256941237, 3.0585528574115224}, .dot =
   {0.014255246644643435, 0.2535019194716264, 0.09777545064034049, 0.059564269880352905}, .norm =
   0.2882866719304212},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.5}, .terms = 2, .value = {-1.6753146789643483, 3.3686148667127602}, .dot =
   {-0.03633689801780085, 0.12342486065239783, 0.04756837955984333, 0.032444061084370146}, .norm =
   0.24312809338028524},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.5}, .terms = 2, .value = {-1.585462527323617, 4.034857085018726}, .dot =
   {-0.17868205382380803, 0.08778486985053321, -0.021369714427531376, 0.18032914548881443}, .norm
   = 0.18235982777854465},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.5}, .terms = 2, .value = {-1.5659076175897266, 1.7787983708278166}, .dot =
   {-0.051359415298470434, -0.025767140969516603, -0.08590110812888802, 0.5501655513682386}, .norm
   = 0.37161515302702824},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.5}, .terms = 2, .value = {-1.5106238160423293, 2.162041894572026}, .dot =
   {-0.06944358808242733, 0.32173711574684655, -0.16768836345390054, 0.3135711911987442}, .norm =
   0.30158643102210486},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.5}, .terms = 2, .value = {-1.4958822465434785, 2.448194946252001}, .dot =
   {-0.10776511857149004, 0.11889573433329026, -0.2238853153246957, 0.31087784658044754}, .norm =
   0.25828340609183464},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.5}, .terms = 2, .value = {-1.5112048923259707, 3.1414912630140712}, .dot =
   {-0.06261535759595821, 0.04278638913596082, -0.011715637629281777, 0.13636611114809818}, .norm
   = 0.17245377572981185},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.05}, .terms = 2, .value = {-17.00742100148499, 11.455841962567575}, .dot =
   {-4.312927089914528, 1.6778125929690748, 6.019844705671315, -0.9554128537508046}, .norm =
   4.129609932907968},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.05}, .terms = 2, .value = {-17.091961256941243, 11.960321498500358}, .dot =
   {-0.3809711310746886, 3.2868713583617026, 2.9783265073778904, 0.9185186593078757}, .norm =
   4.0539578905868865},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.05}, .terms = 2, .value = {-16.753146789643488, 12.757576155768946}, .dot =
   {-1.0872911745689753, 1.4465511571943668, 1.5302471636948252, -0.953494497982559}, .norm =
   3.3937613071347745},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 7, .d = 5, .decoupled = true, .temperature =
   0.05}, .terms = 2, .value = {-15.854625273236177, 14.340042049070561}, .dot =
   {-1.5538271039649885, 2.3640669686791838, -0.9654546583560546, 2.1189083051739335}, .norm =
   2.830144046336301},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.05}, .terms = 2, .value = {-15.659076175897267, 4.821309323650573}, .dot =
   {-0.5011694630507761, 0.09539611047158592, -0.6953672517235032, 5.8261973688683195}, .norm =
   4.255018525534783},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.05}, .terms = 2, .value = {-15.106238160423294, 5.307628988418808}, .dot =
   {0.1357647804984525, 4.41240547574372, -1.2212337092845407, 3.2766102648096407}, .norm =
   3.6827455059194585},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 4, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.05}, .terms = 2, .value = {-14.958822465434785, 6.416438682173896}, .dot =
   {-0.7354185279613743, 1.315778713702282, -3.694309769557465, 1.4564294974152927}, .norm =
   3.6822219633564313},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 8, .n = 4, .d = 11, .decoupled = true, .temperature
   = 0.05}, .terms = 2, .value = {-15.112048923259705, 8.179933568966986}, .dot =
   {-1.9312072825824615, -0.14142780833827118, 0.33314271535815454, 1.5288456341285819}, .norm =
   2.6207369015244044},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 2, .n = 7, .d = 5}, .terms = 1, .value =
   {1.6870556359668207}, .dot = {0.10162810514123816, 0.07677437054915567, -0.08997799251207819,
   -0.2719837849128676}, .norm = 0.2299051992779049},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 3, .n = 7, .d = 5}, .terms = 1, .value =
   {1.7046098478445426}, .dot = {0.04728302668525154, 0.14820146446463803, 0.05480166577297679,
   -0.11412308660131687}, .norm = 0.16075106602007477},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 4, .n = 7, .d = 5}, .terms = 1, .value =
   {1.7437850661485146}, .dot = {-0.04819253238921544, 0.09864881007230741, -0.0167858573299203,
   -0.1321818197410599}, .norm = 0.11932461561352654},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 8, .n = 7, .d = 5}, .terms = 1, .value =
   {1.7168854350297957}, .dot = {-0.02296667615633334, 0.0007602735919749661, 0.03484622416242924,
   0.011872738125536133}, .norm = 0.05280190645510943},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 2, .n = 4, .d = 11}, .terms = 1, .value =
   {1.6004339695420775}, .dot = {-0.24275492422891137, 0.13988549920649768, 0.1919092251570071,
   0.01654015171645201}, .norm = 0.2164244872838029},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 3, .n = 4, .d = 11}, .terms = 1, .value =
   {1.628037955959685}, .dot = {-0.023561355805387766, 0.07654436385347481, 0.02286697991305952,
   -0.024449967780475604}, .norm = 0.13077058751583368},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 4, .n = 4, .d = 11}, .terms = 1, .value =
   {1.590659648868958}, .dot = {-0.015710116724678494, 0.037992636326295876, 0.005385750462401346,
   -0.08162311058384186}, .norm = 0.09481657786278516},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 8, .n = 4, .d = 11}, .terms = 1, .value =
   {1.682054514254261}, .dot = {-0.019818462624855336, 0.02454785912219656, 0.011396655574102228,
   0.026352234778150314}, .norm = 0.039583954333925614},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 2, .n = 1, .d = 5}, .terms = 1, .value =
   {2.6533194860041354}, .dot = {0.3136401948891999, 0.23141211938112527, -0.3518301560397361,
   0.5620718896842956}, .norm = 0.6118702695186372},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 3, .n = 1, .d = 5}, .terms = 1, .value =
   {2.764683448777594}, .dot = {0.5009553885417859, -0.04906095410383424, -0.14073073803802186,
   0.29638014368825694}, .norm = 0.38346847753375274},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 4, .n = 1, .d = 5}, .terms = 1, .value =
   {2.4901156743957356}, .dot = {-0.021810337048248633, -0.07529343546503531, 0.19172018622860004,
   0.13654965027786087}, .norm = 0.25020890891017933},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 8, .n = 1, .d = 5}, .terms = 1, .value =
   {2.3626489857199675}, .dot = {-0.008744820459390026, -0.03427702123211039, 0.03660704783057933,
   -0.01722092650644433}, .norm = 0.09359212978160822},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 2, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-8.922662691584964,
   6.070292228362201}, .dot = {-3.0487570259019905, 1.0753177044969287, 1.4959204262732166,
   0.07402973855775341}, .norm = 2.930999007481029},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 3, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-7.724044510237509,
   4.041468175948418}, .dot = {-1.5278831682807548, 1.165955419233312, 0.16340302237241988,
   -0.23162192067814658}, .norm = 1.5882922836861595},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 4, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-7.3459090267866305,
   3.6633926297427934}, .dot = {-1.2979646223007848, 0.14109907926899068, 0.20581506976193553,
   0.31837692694593633}, .norm = 1.23622827683132},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 8, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-6.881616908775868,
   3.0172850790500885}, .dot = {-0.9301440257651665, -0.02645304927209463, -0.04515872209248992,
   0.3365851638255913}, .norm = 0.7525995261223022},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 2, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-17.016773609759998,
   10.548241524894566}, .dot = {0.37770768105189156, -1.0311801495019783, 2.3252015629289673,
   10.399705181763508}, .norm = 9.398508173728237},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 3, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-14.157060192178394,
   9.597481316570219}, .dot = {1.9325643389060931, 0.27025339000731896, -1.5269996257636165,
   5.956788573201994}, .norm = 5.991678549593979},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 4, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-13.756027599465568,
   9.028429544980314}, .dot = {2.462365188974879, -2.4385594640401247, 0.12674401788032408,
   1.9879947448750528}, .norm = 4.669323552641149},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 8, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_OFFICIAL, .beta = 0.3}, .terms = 2, .value = {-13.335010472614483,
   8.273136396029559}, .dot = {0.36608163401097304, -0.945178021484878, 2.0480299597316467,
   3.2586796199176864}, .norm = 2.9187508238684208},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 2, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-4.461331345792482,
   1.8210876685086603}, .dot = {-0.73634679360176, 0.9314401352890357, 0.540941342359581,
   -0.10136699315340114}, .norm = 1.1130410082868798},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 3, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-3.8620222551187546,
   1.2124404527845252}, .dot = {-0.2856170005539573, 0.7509687875673513, -0.20599113918011103,
   -0.28956867739739367}, .norm = 0.6918307629589655},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 4, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-3.6729545133933152,
   1.099017788922838}, .dot = {-0.42910286129629865, 0.10165779422864896, -0.13400423300406702,
   0.10071081339523258}, .norm = 0.5650398311130501},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 8, .n = 7, .d = 5, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-3.440808454387934,
   0.9051855237150265}, .dot = {-0.3895705296135402, 0.04550190203403531, -0.1853253475826774,
   0.06519841426686604}, .norm = 0.37434902015494437},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 2, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-8.508386804879999, 3.16447245746837},
   .dot = {0.6565955171380553, -0.7029730011670766, 0.9780225976074899, 3.8272512789548405}, .norm
   = 3.073484112982237},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 3, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-7.078530096089197,
   2.8792443949710655}, .dot = {0.5236289530765826, 0.2509470921175135, -0.7726925748513579,
   1.7707594459467235}, .norm = 1.9359156163591102},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 4, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-6.878013799732784,
   2.7085288634940943}, .dot = {0.8944934690009396, -0.7470949422395019, -0.23182105241856887,
   0.5314659934253676}, .norm = 1.5231736102740134},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 8, .n = 4, .d = 11, .spectral =
   NAI_SPECTRAL_THESIS, .beta = 0.3}, .terms = 2, .value = {-6.667505236307242,
   2.4819409188088675}, .dot = {0.11221173912536042, -0.46136418363037146, 0.7576784741650819,
   0.9823863627440974}, .norm = 0.9623067960057051},
  {.spec = {.kind = NAI_LOSS_CE, .views = 1, .n = 7, .d = 5}, .terms = 1, .value =
   {1.677611108592291}, .dot = {0.346799128955391, 0.41643973442761123, 0.022009699250419165,
   0.13154485561305396}, .norm = 0.34973414422252974, .correct = 2},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 7, .d = 5}, .terms = 1, .value =
   {1.5320520847836228}, .dot = {0.24939096154383067, 0.16123691241589744, -0.05675166625662106,
   0.12815653969578283}, .norm = 0.24199187321027185, .correct = 5},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 7, .d = 5}, .terms = 1, .value =
   {1.5927548586191036}, .dot = {0.13018637597073468, 0.1455485604213587, -0.11099247756178701,
   0.05999717699586282}, .norm = 0.20001236654566606, .correct = 6},
  {.spec = {.kind = NAI_LOSS_CE, .views = 4, .n = 7, .d = 5}, .terms = 1, .value =
   {1.5950397039083948}, .dot = {0.1561226520229682, 0.11726361820139664, -0.1664711970843017,
   0.0054525540534337835}, .norm = 0.1734564176115228, .correct = 7},
  {.spec = {.kind = NAI_LOSS_CE, .views = 8, .n = 7, .d = 5}, .terms = 1, .value =
   {1.6013213006923717}, .dot = {0.06169085015155834, 0.039622332718631026, -0.08900633722355528,
   -0.019735380897052117}, .norm = 0.12191744037557531, .correct = 11},
  {.spec = {.kind = NAI_LOSS_CE, .views = 1, .n = 4, .d = 11}, .terms = 1, .value =
   {2.0701892937513335}, .dot = {0.459874145794009, 0.3567209640622562, 0.1268423233627747,
   0.012180983043830418}, .norm = 0.46840466630833694},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 4, .d = 11}, .terms = 1, .value =
   {2.2227301961587154}, .dot = {0.06274311190951629, 0.13814841444141024, -0.06356633552727502,
   0.17716076805945585}, .norm = 0.33372155164931755, .correct = 1},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 4, .d = 11}, .terms = 1, .value =
   {2.2246165658232893}, .dot = {-0.06986816455768065, 0.26256212441434357, -0.05177473454978808,
   0.24495499644353913}, .norm = 0.2733986957969415, .correct = 1},
  {.spec = {.kind = NAI_LOSS_CE, .views = 4, .n = 4, .d = 11}, .terms = 1, .value =
   {2.2140644626254926}, .dot = {-0.02637132783180829, 0.2161436518165873, -0.1790272382338433,
   0.12249506291060763}, .norm = 0.2357063816183345, .correct = 2},
  {.spec = {.kind = NAI_LOSS_CE, .views = 8, .n = 4, .d = 11}, .terms = 1, .value =
   {2.155957220931538}, .dot = {0.001102989985414797, 0.12897411328416486, -0.18317334558402187,
   0.06709328278634259}, .norm = 0.16499178153863997, .correct = 5},
  {.spec = {.kind = NAI_LOSS_CE, .views = 1, .n = 1, .d = 2}, .terms = 1, .value =
   {2.2395346676935377}, .dot = {0.35313732560804423, 0.2410601633520652, 0.0897647739926428,
   -0.5354283214692365}, .norm = 1.2635884272136593},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 1, .d = 2}, .terms = 1, .value =
   {1.9751345651492913}, .dot = {0.041316255351995346, -0.14008792634860218, 0.2599277441008602,
   -0.11364551576357163}, .norm = 0.857183256466979},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 1, .d = 2}, .terms = 1, .value =
   {1.7821139505985502}, .dot = {0.2196694682194933, 0.2749803284059144, 0.16521716077958995,
   -0.3114592218293694}, .norm = 0.6725872440102734},
  {.spec = {.kind = NAI_LOSS_CE, .views = 4, .n = 1, .d = 2}, .terms = 1, .value =
   {1.8527811060779138}, .dot = {0.08728736040930762, 0.08810317766273161, 0.4487344317364461,
   -0.18318723043390864}, .norm = 0.5914050370718649},
  {.spec = {.kind = NAI_LOSS_CE, .views = 8, .n = 1, .d = 2}, .terms = 1, .value =
   {2.0689143816980344}, .dot = {-0.139901270842831, 0.07154480753922013, 0.05847769540470227,
   0.13516134687292336}, .norm = 0.4334149818189068},
  {.spec = {.kind = NAI_LOSS_CE, .views = 1, .n = 7, .d = 5, .smoothing = 0.1}, .terms = 2, .value
   = {1.509849997733062, 0.19929301995140355}, .dot = {0.3255308981768605, 0.36925252056940494,
   0.013412569875487612, 0.12133481353663451}, .norm = 0.31957586812531813, .correct = 2},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 7, .d = 5, .smoothing = 0.1}, .terms = 2, .value
   = {1.3788468763052606, 0.19822982147500634}, .dot = {0.23444643734922246, 0.1385990912322003,
   -0.05513596945675728, 0.11890108875904243}, .norm = 0.22066598080106464, .correct = 5},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 7, .d = 5, .smoothing = 0.1}, .terms = 2, .value
   = {1.4334793727571933, 0.1925428129601294}, .dot = {0.12115566170169415, 0.12458696415629625,
   -0.10085514711103774, 0.06073739027736295}, .norm = 0.1822905432218916, .correct = 6},
  {.spec = {.kind = NAI_LOSS_CE, .views = 4, .n = 7, .d = 5, .smoothing = 0.1}, .terms = 2, .value
   = {1.4355357335175554, 0.19142027758237956}, .dot = {0.1466352340636879, 0.10396147596109631,
   -0.15061856497031895, 0.007844929339137052}, .norm = 0.15799211672922808, .correct = 7},
  {.spec = {.kind = NAI_LOSS_CE, .views = 8, .n = 7, .d = 5, .smoothing = 0.1}, .terms = 2, .value
   = {1.4411891706231346, 0.19082435774224182}, .dot = {0.05687254823478449, 0.03366997566967111,
   -0.07895805108530882, -0.012459239602181163}, .norm = 0.11095685588956679, .correct = 11},
  {.spec = {.kind = NAI_LOSS_CE, .views = 1, .n = 4, .d = 11, .smoothing = 0.1}, .terms = 2,
   .value = {1.8631703643762003, 0.28411061715211333}, .dot = {0.4136877349473335,
   0.32074270087047024, 0.11454466395897472, 0.012946185090304374}, .norm = 0.42304336681661975},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 4, .d = 11, .smoothing = 0.1}, .terms = 2,
   .value = {2.000457176542844, 0.28190561459036506}, .dot = {0.05029176522058353,
   0.12882512489462167, -0.05389434293573098, 0.15873083032207433}, .norm = 0.3014390491692098,
   .correct = 1},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 4, .d = 11, .smoothing = 0.1}, .terms = 2,
   .value = {2.0021549092409603, 0.276730767415115}, .dot = {-0.0641409171241813,
   0.23880572223423518, -0.04214964075728386, 0.22441763016943153}, .norm = 0.24692815020141703,
   .correct = 1},
  {.spec = {.kind = NAI_LOSS_CE, .views = 4, .n = 4, .d = 11, .smoothing = 0.1}, .terms = 2,
   .value = {1.9926580163629435, 0.275578481680185}, .dot = {-0.026627058427041203,
   0.19527545731660007, -0.1579885965217364, 0.11330974842598836}, .norm = 0.21278508838324722,
   .correct = 2},
  {.spec = {.kind = NAI_LOSS_CE, .views = 8, .n = 4, .d = 11, .smoothing = 0.1}, .terms = 2,
   .value = {1.9403614988383842, 0.2742083214891861}, .dot = {-0.0013189846984755123,
   0.11904575482386154, -0.16578287084932833, 0.06295039905338767}, .norm = 0.14876310995009684,
   .correct = 5},
  {.spec = {.kind = NAI_LOSS_CE, .views = 1, .n = 1, .d = 2, .smoothing = 0.1}, .terms = 2, .value
   = {2.015581200924184, 0.11760763133266697}, .dot = {0.33337568548459384, 0.22757038515299977,
   0.08474151807838592, -0.5054656383046644}, .norm = 1.1928777490950044},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 1, .d = 2, .smoothing = 0.1}, .terms = 2, .value
   = {1.7776211086343623, 0.1065558083227042}, .dot = {0.03968991202493838, -0.13092725543333122,
   0.24429186253111185, -0.10806700899519778}, .norm = 0.8072330444196937},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 1, .d = 2, .smoothing = 0.1}, .terms = 2, .value
   = {1.6039025555386952, 0.099045813444341}, .dot = {0.20581829659829193, 0.25660868892690525,
   0.15532936756232069, -0.29207798254948336}, .norm = 0.6318688403993034},
  {.spec = {.kind = NAI_LOSS_CE, .views = 4, .n = 1, .d = 2, .smoothing = 0.1}, .terms = 2, .value
   = {1.6675029954701224, 0.101789682034322}, .dot = {0.0813348961475939, 0.08108912248059257,
   0.42271811589832803, -0.17153780085145565}, .norm = 0.5561300171392675},
  {.spec = {.kind = NAI_LOSS_CE, .views = 8, .n = 1, .d = 2, .smoothing = 0.1}, .terms = 2, .value
   = {1.862022943528231, 0.11077233550407657}, .dot = {-0.13281716414264716, 0.06630073493478118,
   0.05486643514831331, 0.1281915087867811}, .norm = 0.408461721182473},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 1, .n = 7, .d = 5}, .terms = 1, .value =
   {1.2914282761225224}, .dot = {-0.07303927178118216, -0.21880149654286601, -0.20264818336814427,
   0.32459789995596167}, .norm = 0.3841767861095086},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 2, .n = 7, .d = 5}, .terms = 1, .value =
   {1.2052855959673157}, .dot = {-0.19884954132114827, -0.2713017241137789, 0.022130892297623325,
   0.28179082983607556}, .norm = 0.2624375404295349},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 3, .n = 7, .d = 5}, .terms = 1, .value =
   {1.1151960293756762}, .dot = {-0.16518106080771638, -0.11420220665017769, 0.07400297417840523,
   0.2320824192751706}, .norm = 0.2061156429335982},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 4, .n = 7, .d = 5}, .terms = 1, .value =
   {1.079244691444124}, .dot = {-0.04820571810090371, -0.05354863682089764, 0.06993902847821622,
   0.0765234263755063}, .norm = 0.17560057691445455},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 8, .n = 7, .d = 5}, .terms = 1, .value =
   {1.0093508182879944}, .dot = {-0.004553656054948306, -0.0367136735513905, 0.05855821865363202,
   0.08262617119028078}, .norm = 0.1200803789305905},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 1, .n = 4, .d = 11}, .terms = 1, .value =
   {1.2183110743301906}, .dot = {-0.13829332165008998, -0.22878249133384987, -0.08768737800325296,
   0.15818254225503803}, .norm = 0.3327995676256739},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 2, .n = 4, .d = 11}, .terms = 1, .value =
   {1.031658561850604}, .dot = {-0.23927277628727273, 0.02552251383092432, -0.001362062801680386,
   0.11566271343061256}, .norm = 0.21654923457082292},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 3, .n = 4, .d = 11}, .terms = 1, .value =
   {0.9510034356415865}, .dot = {-0.10063138584879558, -0.0237886843106507, 0.06732927913789263,
   0.1285816224973326}, .norm = 0.1697594943693369},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 4, .n = 4, .d = 11}, .terms = 1, .value =
   {0.8866753600812232}, .dot = {-0.06939912180691196, -0.04532183599421165, 0.06818596144615022,
   0.08212719330128382}, .norm = 0.14195672836860784},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 8, .n = 4, .d = 11}, .terms = 1, .value =
   {0.9641748116874491}, .dot = {-0.020477679611604307, 0.05240225518153746,
   -0.040942460121525144, 0.06878061688490186}, .norm = 0.10467345389827232},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 1, .n = 7, .d = 5, .sum = true}, .terms = 1, .value =
   {45.19998966428828}, .dot = {-2.556374512341376, -7.65805237900031, -7.092686417885049,
   11.36092649845866}, .norm = 13.4461875138328},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 2, .n = 7, .d = 5, .sum = true}, .terms = 1, .value =
   {84.3699917177121}, .dot = {-13.919467892480379, -18.991120687964525, 1.549162460833634,
   19.72535808852529}, .norm = 18.37062783006744},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 3, .n = 7, .d = 5, .sum = true}, .terms = 1, .value =
   {117.095583084446}, .dot = {-17.34401138481022, -11.991231698268653, 7.7703122887325495,
   24.36865402389291}, .norm = 21.642142508027803},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 4, .n = 7, .d = 5, .sum = true}, .terms = 1, .value =
   {151.09425680217737}, .dot = {-6.748800534126524, -7.496809154925673, 9.791463986950273,
   10.713279692570882}, .norm = 24.584080768023636},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 8, .n = 7, .d = 5, .sum = true}, .terms = 1, .value =
   {282.61822912063843}, .dot = {-1.2750236953855296, -10.279828594389341, 16.396301223016955,
   23.135327933278614}, .norm = 33.622506100565346},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 1, .n = 4, .d = 11, .sum = true}, .terms = 1, .value =
   {53.605687270528385}, .dot = {-6.084906152603961, -10.066429618689392, -3.85824463214313,
   6.960031859221675}, .norm = 14.643180975529651},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 2, .n = 4, .d = 11, .sum = true}, .terms = 1, .value =
   {90.78595344285316}, .dot = {-21.056004313280003, 2.24598121712134, -0.11986152654787219,
   10.178318781893903}, .norm = 19.056332642232416},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 3, .n = 4, .d = 11, .sum = true}, .terms = 1, .value =
   {125.53245350468941}, .dot = {-13.283342932041007, -3.1401063290058926, 8.887464846201828,
   16.9727741696479}, .norm = 22.40825325675247},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 4, .n = 4, .d = 11, .sum = true}, .terms = 1, .value =
   {156.05486337429528}, .dot = {-12.214245438016508, -7.9766431349812486, 12.000729214522442,
   14.45438602102595}, .norm = 24.98438419287498},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 8, .n = 4, .d = 11, .sum = true}, .terms = 1, .value =
   {339.3895337139821}, .dot = {-7.208143223284736, 18.445593823901174, -14.411745962776848,
   24.21077714348546}, .norm = 36.845055772191856},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 80, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {6.039150508434066, 18.070441756834146}, .dot = {-0.00668002606000212, -0.38722813212343626,
   -0.16439820627904284, -0.15798184657969194}, .norm = 0.6038369458673166},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 80, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {29.695894846605587,
   14.658980231700838}, .dot = {-0.2024879767696478, -0.5555780080956083, -0.11185313245693689,
   -0.4849245145245741}, .norm = 1.1110506526780433},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 80, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {9.777176151146035, 16.45708236579699}, .dot = {-0.25724396094194957, -0.31883589316389527,
   -0.07049445906701485, 0.019050874533432086}, .norm = 0.7579573106403072},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 80, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 3, .value = {27.932365086477184,
   13.363788357375798, 0.2765538002035248}, .dot = {-0.4001122355608516, -0.5964481496707895,
   -0.266989141384792, -0.38790001327074897}, .norm = 1.2590545645847442},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 80, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {6.599183153647501, 17.745476304579128}, .dot = {-0.058382141156270356, -0.4154441992208725,
   -0.15047623351687645, -0.019473720545181053}, .norm = 0.6210679765488645},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 80, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {30.14184147077894,
   14.300094997628209}, .dot = {-0.32860978759640536, -0.6128425914312593, -0.08789108413921642,
   -0.31972938163215875}, .norm = 1.117126736759087},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 80, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.01}, .terms = 2, .value = {6.039150508434066,
   2.8912706810934634}, .dot = {-0.06030812517958799, -0.37130916901473243, -0.08604748821523911,
   -0.07940975554454698}, .norm = 0.5037388785593938},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 80, .d = 150, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 25.0, .cov = 1.0}, .terms = 3, .value = {9.435517355094863,
   0.9651641790036664, 3.492098386323198}, .dot = {-0.25428946595863605, -0.17973299964618844,
   -0.1036273778513099, -0.10615214582761283}, .norm = 0.4058929288991857},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 80, .d = 150, .temperature = 0.1}, .terms =
   2, .value = {-8.049130891016834, 8.129857715711465}, .dot = {-0.001646029744454325,
   -0.005269309157102311, -0.001122722898937661, -0.0004888951391853434}, .norm =
   0.0066819593177256074},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 2, .n = 80, .d = 150}, .terms = 1, .value =
   {1.559718884825037}, .dot = {0.002123570530223614, 0.004518659729725516, -0.01459258734626553,
   0.002358454398621085}, .norm = 0.01281524242775128},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 2, .n = 80, .d = 150, .spectral =
   NAI_SPECTRAL_OFFICIAL}, .terms = 2, .value = {-233.8621066325847, 149.63777198420453}, .dot =
   {0.08533319997972622, -1.3447137052319993, -6.117940702924971, -5.919532647975877}, .norm =
   5.746189384196453},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 80, .d = 150, .smoothing = 0.1}, .terms = 2,
   .value = {4.8982718084122485, 0.5456846179700022}, .dot = {-0.019861061729766046,
   0.04744370632334224, 0.0012302049516812533, 0.07708406817065477}, .norm = 0.07114516158667936,
   .correct = 3},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 2, .n = 80, .d = 150}, .terms = 1, .value =
   {1.0683845063783943}, .dot = {-0.009244140152630854, -0.007511266088840469,
   -0.007172816971431069, 0.003912826774996058}, .norm = 0.013344065512294181},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 80, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {6.056442398820416, 16.29360019295758}, .dot = {0.19150612690922147, -0.009935554636784905,
   -0.10844219914818344, -0.0939975537197209}, .norm = 0.3788574210042478},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 80, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {59.68766648591302,
   13.643277799187844}, .dot = {0.3069751005383346, -0.2955556417532227, -0.7527389885934568,
   -0.3354333406793236}, .norm = 1.5749231198238864},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 80, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {9.650859400848672, 14.853501525905699}, .dot = {-0.03889738780374877, -0.16025321726151315,
   -0.1838800409821696, -0.0385625060424921}, .norm = 0.5276370317847443},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 80, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 3, .value = {56.08137242585282,
   12.44196409437996, 0.3574643873053484}, .dot = {0.30190648417108873, -0.21758652129024172,
   -0.6949034245724252, -0.24287146537335902}, .norm = 1.706941399618734},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 80, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {6.526330118460556, 16.03337119310156}, .dot = {0.18245251345902463, -0.03596343569739313,
   -0.11261417169438662, 0.01894411856334483}, .norm = 0.38713230885707794},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 80, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {60.53544006953373,
   13.368363924327946}, .dot = {0.28782309793934496, -0.37637954530938267, -0.7720837142483501,
   -0.13322665875335013}, .norm = 1.5827151289192707},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 80, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.01}, .terms = 2, .value = {2.69189666107586,
   2.182924447870055}, .dot = {0.05417488885676153, -0.035381129041685846, -0.05907536065992232,
   -0.02389604617176924}, .norm = 0.1397940213543537},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 80, .d = 150, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 25.0, .cov = 1.0}, .terms = 3, .value = {3.155525884983946,
   0.9489230741522214, 3.5026629222665235}, .dot = {-0.036265979246280305, 0.004185846144676812,
   -0.0732220261198405, -0.018823929568695944}, .norm = 0.12508957794451195},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 80, .d = 150, .temperature = 0.1}, .terms =
   2, .value = {-8.043173774542938, 8.80545906056484}, .dot = {-0.0018602719510910969,
   0.0015173069651581374, 0.0016292118350038891, -0.0007598944705768959}, .norm =
   0.005790877057140129},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 3, .n = 80, .d = 150}, .terms = 1, .value =
   {1.5681531312762715}, .dot = {0.003973613304997743, -0.0023865439086774715,
   -0.007959103481989728, 0.0013241429166298813}, .norm = 0.0074552997523849},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 3, .n = 80, .d = 150, .spectral =
   NAI_SPECTRAL_OFFICIAL}, .terms = 2, .value = {-233.7281869990476, 150.527758359591}, .dot =
   {0.8712318733596109, 0.2832018349385547, -4.030834697381546, -3.1027155699612696}, .norm =
   4.267617319235671},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 80, .d = 150, .smoothing = 0.1}, .terms = 2,
   .value = {4.908807182003312, 0.5456730285400663}, .dot = {-0.03868264208887074,
   -0.0011577759853823259, 0.02050149492161167, 0.05547045518413916}, .norm = 0.05810381775414641,
   .correct = 3},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 3, .n = 80, .d = 150}, .terms = 1, .value =
   {1.0733241753563048}, .dot = {-0.0024507866319453562, -0.005114287142675587,
   -0.003853707359238707, 0.003908147372850671}, .norm = 0.010920542189207277},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 18, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {6.903270164281456, 82.49344128373633}, .dot = {0.1816791030426169, -2.8306445894305243,
   0.26662092649010954, 1.7339663045645803}, .norm = 2.1008350655196835},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 18, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {30.251038556683397,
   66.6742646226267}, .dot = {0.39781887721387754, -1.8755248912659601, 0.04604630220046352,
   0.9512977168606432}, .norm = 1.9425385412497653},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 18, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {15.062611471198174, 70.96244453380832}, .dot = {-3.586234809917072, 1.017277633493237,
   0.24951624534885575, -0.7129112123282917}, .norm = 3.609395289869062},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 18, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 3, .value = {26.890308733459012,
   57.24278866202268, 0.5487142772175685}, .dot = {-4.806755890221731, 3.1024562956701196,
   -0.8481389871059692, -4.324937078408767}, .norm = 4.4061825886592105},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 18, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {9.974001951841835, 76.75329685882942}, .dot = {0.5039461177484844, -2.37923250145385,
   0.1715104685847843, 1.847855514959611}, .norm = 2.1638493125297127},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 18, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {32.74939109728743,
   61.11922559847117}, .dot = {0.18086102822605932, -2.0589304934350716, 0.19750619643919914,
   0.8989861388148347}, .norm = 1.8937392189298163},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 2, .n = 18, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.01}, .terms = 2, .value = {6.903270164281456,
   13.198950605397814}, .dot = {0.40368072639494, -0.36657713723101115, 0.5974701384576007,
   1.4234020832518777}, .norm = 1.4246024625212463},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 2, .n = 18, .d = 150, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 25.0, .cov = 1.0}, .terms = 3, .value = {9.52929198274081,
   1.8071777433210126, 15.118670924033273}, .dot = {-1.2498502666192948, 0.5702094369305739,
   -0.04853243086366049, -0.9198377121409607}, .norm = 1.2850210621535934},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 2, .n = 18, .d = 150, .temperature = 0.1}, .terms =
   2, .value = {-7.98474349520785, 8.005117753320475}, .dot = {0.002213100639383478,
   -0.0005142560584237408, -0.0005439072156293443, 0.0018671989767081055}, .norm =
   0.004171824078833255},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 2, .n = 18, .d = 150}, .terms = 1, .value =
   {1.583723535026285}, .dot = {-0.0305395659835291, -0.02616916208628366, 0.0009205727339453209,
   -0.001890660546933035}, .norm = 0.027398497166236498},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 2, .n = 18, .d = 150, .spectral =
   NAI_SPECTRAL_OFFICIAL}, .terms = 2, .value = {-227.34545903343357, 136.34115209393667}, .dot =
   {14.54358442311166, -23.30715031484832, -3.796383204637233, 4.0452431454650934}, .norm =
   23.818661235635325},
  {.spec = {.kind = NAI_LOSS_CE, .views = 2, .n = 18, .d = 150, .smoothing = 0.1}, .terms = 2,
   .value = {4.727225483014555, 0.545526190395638}, .dot = {-0.08619002809929917,
   0.06478461816744749, -0.003704144819123255, 0.13460035406482607}, .norm = 0.14987456052210835},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 2, .n = 18, .d = 150}, .terms = 1, .value =
   {1.073756707458295}, .dot = {-0.04585534818906689, 0.011506451556014055, -0.0052711066417297,
   -0.026825243241544852}, .norm = 0.028202399523054703},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 18, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {6.48234985607477, 74.26540009430093}, .dot = {0.39234577660342335, -0.9657504208611498,
   0.22556614716916185, -0.031832364400642466}, .norm = 1.1956209633214256},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 18, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {59.74771211264643,
   62.12829565156027}, .dot = {1.0468382917758936, -0.40764541972376367, 0.5307251152267809,
   1.693551936272672}, .norm = 2.7883584975604445},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 18, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {14.19222009199536, 64.83764923233646}, .dot = {-1.7425934711237743, 0.5536198657110715,
   0.938041339677866, -1.748637610749139}, .norm = 2.484379506073362},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 18, .d = 150, .bt_norm = NAI_BT_THESIS,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 3, .value = {53.02437269885248,
   54.1951972907647, 0.6112270326062546}, .dot = {-3.332106119072331, 1.2476921584815033,
   -0.5084076772540469, -2.5350173213792857}, .norm = 4.4722628458597},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 18, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_CROSS, .beta = 0.0625, .leave_one_out = true}, .terms = 2, .value =
   {8.749308606196704, 70.00801173578778}, .dot = {0.3956562324956824, -1.0567535978672615,
   0.15633904809365495, 0.07274510466579287}, .norm = 1.1612197981971932},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 18, .d = 150, .bt_norm = NAI_BT_FASTSSL,
   .bt_form = NAI_BT_EQ10, .beta = 0.0625}, .terms = 2, .value = {63.76414728757287,
   58.01961802042809}, .dot = {0.9238109604494519, -0.9477626988541755, 0.28841690499607364,
   1.5563648482272248}, .norm = 2.789988768789707},
  {.spec = {.kind = NAI_LOSS_BARLOW, .views = 3, .n = 18, .d = 150, .bt_norm = NAI_BT_OFFICIAL,
   .bt_form = NAI_BT_CROSS, .beta = 0.01}, .terms = 2, .value = {2.8812129862394804,
   9.940527304249644}, .dot = {0.12702999012982558, -0.07929836720593515, 0.04677454919484032,
   0.1493687548653539}, .norm = 0.2758625470942942},
  {.spec = {.kind = NAI_LOSS_VICREG, .views = 3, .n = 18, .d = 150, .vicreg = NAI_VICREG_OFFICIAL,
   .inv = 25.0, .var = 25.0, .cov = 1.0}, .terms = 3, .value = {3.102356878544292,
   1.7563848136512277, 15.353433766107948}, .dot = {-0.5869261081161428, 0.20301096295642493,
   0.001416367381434705, -0.737367709381843}, .norm = 0.7196105855502785},
  {.spec = {.kind = NAI_LOSS_SIMCLR, .views = 3, .n = 18, .d = 150, .temperature = 0.1}, .terms =
   2, .value = {-8.043269603509863, 8.759781399364877}, .dot = {0.0034414691053251,
   0.00045365046050813715, 0.002121584584788383, 0.016391407728262346}, .norm =
   0.010293340171199568},
  {.spec = {.kind = NAI_LOSS_BYOL, .views = 3, .n = 18, .d = 150}, .terms = 1, .value =
   {1.5746664677658515}, .dot = {-0.0023198188335059734, -0.003310451724396737,
   0.007099190867016988, -0.009085804494884924}, .norm = 0.015755621675547143},
  {.spec = {.kind = NAI_LOSS_SPECTRAL, .views = 3, .n = 18, .d = 150, .spectral =
   NAI_SPECTRAL_OFFICIAL}, .terms = 2, .value = {-229.8307003438965, 142.57354515718671}, .dot =
   {15.37149985984274, -0.9946521752613628, 9.267129707371424, -6.633077805991637}, .norm =
   18.13734294073434},
  {.spec = {.kind = NAI_LOSS_CE, .views = 3, .n = 18, .d = 150, .smoothing = 0.1}, .terms = 2,
   .value = {4.7875398521810775, 0.5456207247191742}, .dot = {0.021065549966762312,
   0.06676261913565285, -0.05160728683227102, 0.12166170111478815}, .norm = 0.12245538108371236},
  {.spec = {.kind = NAI_LOSS_MSE, .views = 3, .n = 18, .d = 150}, .terms = 1, .value =
   {1.0676590241944224}, .dot = {-0.032545650740332645, 0.006902889288524048,
   -0.007111699764083865, -0.027909869408863464}, .norm = 0.022961686007206477},
};
